import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning
import TestSupport
import Testing

@testable import MISTBundle

@Suite struct HeadBundleTests {
  static func head(_ feature: Feature, source: String = "vit.safetensors") throws -> Head {
    let shape =
      feature == .final
      ? NetworkShape(tokens: 1, channels: 32, classes: 3, depth: 0)
      : NetworkShape(tokens: 17, channels: 32, classes: 3, depth: 2, rank: 8, pooling: .mean, inputNorm: true)
    let description = HeadDescription(
      task: .classification, network: HeadNetwork(shape, levels: []), feature: feature,
      classes: ["a", "b", "c"],
      model: .init(hash: String(repeating: "5c", count: 32), source: source),
      preprocessing: Preprocessing(
        resize: .exact(height: 64, width: 64), crop: nil, interpolation: .bilinear,
        mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd), featureDType: "f16")
    let parameters = (0..<ParameterTable(shape).count).map { Float($0 * 7919 % 211 - 105) / 400 }
    return try Head(description: description, parameters: parameters)
  }

  /// The precision of the features is a section of its own, which readers of earlier versions pass over; f32 is not said.
  @Test func aBundleSaysInWhatItsFeaturesWereComputed() throws {
    let head = try Self.head(.gather(4))
    for (precision, wanted, version) in [
      (nil, FeaturePrecision.f32, 3), (.f32, .f32, 3), (.bf16, .bf16, 5), (.int8, .int8, 5),
    ] as [(Precision?, FeaturePrecision, UInt32)] {
      var description = head.description
      description.featurePrecision = precision
      let contents = try BundleContents(Head(description: description, parameters: head.parameters))
      let encoded = try BundleWriter(type: .f32).encode(contents)
      #expect(encoded.sections.contains { $0.id == .precision } == (wanted != .f32))
      try encoded.bytes.withUnsafeBytes { bytes in
        let bundle = try EdgeBundle(bytes)
        #expect(bundle.precision == wanted && bundle.version == version && bundle.minimumReader == 1)
        #expect(bundle.sections.first { $0.id == .precision }?.isCritical != true)
      }
    }
  }

  @Test func aHeadReadFromItsFileBecomesABundle() throws {
    try Fixture.withTemporaryFolder { folder in
      let head = try Self.head(.gather(4))
      try head.write(to: folder + "/head.safetensors")
      let contents = try BundleContents(Head.read(folder + "/head.safetensors"))
      #expect(contents.feature == .gather(4))
      #expect(contents.parameters == head.parameters)
      let encoded = try BundleWriter(type: .f32).encode(contents)
      try encoded.bytes.withUnsafeBytes { bytes in
        let bundle = try EdgeBundle(bytes)
        #expect(bundle.network == head.shape)
        #expect(bundle.source.modelHash.allSatisfy { $0 == 0x5C })
        #expect(
          String(decoding: bundle.provenance, as: UTF8.self) == "mist export; model vit.safetensors; k=4")
      }
    }
  }

  @Test(arguments: [BlockFunction.mlp, .dwconv]) func otherBlocksNeedANewerReader(_ function: BlockFunction)
    throws
  {
    var head = try Self.head(.gather(4))
    let shape = NetworkShape(
      grid: function == .dwconv
        ? TokenGrid(prefix: 1, height: 4, width: 4) : TokenGrid(prefix: 0, height: 1, width: 17),
      channels: 32, classes: 3, depth: 2, function: function, rank: function == .mlp ? 8 : 0, pooling: .mean,
      inputNorm: true)
    var description = head.description
    description.network = HeadNetwork(shape, levels: [])
    head = try Head(
      description: description,
      parameters: (0..<ParameterTable(shape).count).map { Float($0 * 7919 % 211 - 105) / 400 })
    for golden in [GoldenSize.compact, .full] {
      let encoded = try BundleWriter(type: .int8, golden: golden).encode(BundleContents(head))
      try encoded.bytes.withUnsafeBytes { bytes in
        let bundle = try EdgeBundle(bytes)
        #expect(bundle.network == shape && bundle.version == 4 && bundle.minimumReader == 4)
        let tokens = golden == .full ? 17 : function == .dwconv ? 13 : 16
        #expect(bundle.golden?.shape.tokens == tokens)
      }
    }
    #expect(try BundleWriter().encode(BundleContents(Self.head(.gather(4)))).bytes[8] == 3)
  }

  @Test func aProbeOfTheFinalTokenBecomesABundle() throws {
    let contents = try BundleContents(Self.head(.final))
    #expect(contents.feature == .final)
    #expect(try BundleWriter().encode(contents).goldenLogitError == 0)
  }

  @Test func aModelNameWithControlCharactersCannotBreakTheBundle() throws {
    let contents = try BundleContents(Self.head(.gather(4), source: "bad\u{1B}[2J\nname"))
    let encoded = try BundleWriter(golden: .none).encode(contents)
    #expect(encoded.sections.contains { $0.id == .provenance })
  }

  /// A head file may be larger than a bundle: it is still read, and refused here before anything is encoded.
  @Test func aHeadBeyondTheBundlesLimitsIsRefused() throws {
    let small = try Self.head(.gather(4))
    var description = small.description
    let shape = NetworkShape(tokens: 17, channels: 4, classes: 3, depth: 1, rank: 1025, pooling: .mean)
    description.network = HeadNetwork(shape, levels: [])
    let head = try Head(
      description: description, parameters: [Float](repeating: 0, count: ParameterTable(shape).count))
    #expect {
      try BundleContents(head)
    } throws: {
      guard let error = $0 as? MISTError else { return false }
      return error.code == .exportTooLarge && error.problem.contains("a rank of at most 1024")
    }
  }
}
