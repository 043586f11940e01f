import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning
import TestSupport
import Testing

@testable import MISTBundle

/// Heads of LAST, LST and Partial-1 as bundles.
@Suite struct MethodBundleTests {
  static let bodies: [(body: Body, inputs: Int, feature: Feature)] = [
    (.injected, 3, .ladder(2)),
    (.ladder(TransformerShape(width: 4, heads: 2)), 5, .ladder(1)),
    (.transformer(TransformerShape(width: 32, heads: 4, hidden: 40, layerScale: true)), 1, .block(3)),
  ]

  private static func head(_ place: Int) throws -> Head {
    let (body, inputs, feature) = bodies[place]
    let shape = NetworkShape(
      body: body, inputs: inputs, tokens: 19, channels: 32, classes: 3, rank: 8, epsilon: 1e-5)
    let like = try HeadBundleTests.head(.gather(4)).description
    let description = HeadDescription(
      task: .classification, network: HeadNetwork(shape, levels: []), feature: feature,
      classes: like.classes, model: like.model, preprocessing: like.preprocessing, featureDType: "f16")
    return try Head(
      description: description,
      parameters: (0..<ParameterTable(shape).count).map { Float($0 * 7919 % 211 - 105) / 400 })
  }

  @Test(arguments: bodies.indices, [StoredType.f32, .f16, .int8])
  func everyMethodBecomesABundle(_ place: Int, _ type: StoredType) throws {
    let head = try Self.head(place)
    let encoded = try BundleWriter(type: type).encode(BundleContents(head))
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      #expect(bundle.minimumReader == 4 && bundle.version == 4)
      #expect(bundle.source.feature == Self.bodies[place].feature)
      var network = bundle.network
      if network.body != .injected { network.rank = head.shape.rank }
      #expect(network == head.shape)
      #expect(bundle.golden?.shape.streams.allSatisfy { $0.tokens == 16 } == true)
      #expect(bundle.passesSelfTest())
    }
  }

  @Test(arguments: bodies.indices) func theLogitsAreTheHeads(_ place: Int) throws {
    let head = try Self.head(place)
    let input = GoldenInput.synthetic(head.shape)
    let encoded = try BundleWriter(golden: .full).encode(BundleContents(head), input: input)
    #expect(encoded.goldenLogitError == 0)
    #expect(
      throws: MISTError.self,
      performing: {
        try BundleWriter(golden: .full).encode(
          BundleContents(head), input: GoldenInput(maps: Array(input.maps.dropLast()) + [[1]]))
      })
  }
}
