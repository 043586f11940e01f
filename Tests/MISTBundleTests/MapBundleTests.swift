import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning
import TestSupport
import Testing

@testable import MISTBundle

@Suite struct MapBundleTests {
  static let pyramid = NetworkShape(
    levels: [
      .init(height: 32, width: 24, channels: 16, depth: 1, reduction: 4),
      .init(height: 16, width: 12, channels: 32, depth: 2, reduction: 2),
      .init(height: 8, width: 6, channels: 24, depth: 0, reduction: 1),
    ], outputHeight: 32, outputWidth: 24, classes: 9, hidden: 20, rank: 8, inputNorm: true)
  static let single = NetworkShape(
    levels: [.init(height: 26, width: 34, channels: 48)], outputHeight: 91, outputWidth: 119, classes: 11)

  static func contents(_ shape: NetworkShape) -> BundleContents {
    let like = BundleWriterTests.contents(BundleWriterTests.shape)
    var state: UInt64 = 9
    let parameters = (0..<ParameterTable(shape).count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(state >> 40) / 16_777_216 - 0.5) / 4
    }
    return BundleContents(
      task: .segmentation, network: shape,
      maps: .init(
        height: shape.outputSize.height * 4, width: shape.outputSize.width * 4,
        levels: Array(1...shape.streams.count)),
      parameters: parameters, labels: (0..<shape.classes).map { "class \($0)" },
      preprocessing: like.preprocessing, feature: .gather(14), modelHash: like.modelHash, provenance: "a test"
    )
  }

  @Test(arguments: BundleWriterTests.types, [pyramid, single])
  func everyFieldComesBack(type: StoredType, shape: NetworkShape) throws {
    let contents = Self.contents(shape)
    let encoded = try BundleWriter(type: type).encode(contents)
    var back = [Float](repeating: .nan, count: contents.parameters.count)
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      #expect(bundle.version == 3)
      #expect(bundle.minimumReader == 2)
      #expect(bundle.network == contents.storedNetwork)
      #expect(bundle.task == .segmentation)
      #expect(bundle.source.maps == contents.maps)
      #expect(bundle.source.feature == .gather(14))
      let golden = try #require(bundle.golden)
      #expect(golden.shape == GoldenSize.compact.shape(of: contents.storedNetwork))
      back.withUnsafeMutableBufferPointer {
        if let base = $0.baseAddress { bundle.weights.expand(into: base) }
      }
    }
    let largest = zip(contents.parameters, back).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    #expect(largest == encoded.maximumWeightError)
    #expect(largest <= (type == .f32 ? 0 : type == .f16 ? 1.0 / 16384 : 0.125 / 254 * 1.001))
    #expect((encoded.goldenLogitError == 0) == (type == .f32))
  }

  @Test func goldenMapsKeepTheProportions() {
    let small = GoldenSize.compact.shape(of: Self.pyramid)
    #expect(small.streams.map(\.height) == [8, 4, 2])
    #expect(small.streams.map(\.width) == [8, 4, 2])
    #expect(small.outputSize == MapSize(height: 8, width: 8))
    let one = GoldenSize.compact.shape(of: Self.single)
    #expect(one.streams.map(\.tokens) == [16])
    #expect(one.outputSize == MapSize(height: 14, width: 14))
    #expect(GoldenSize.full.shape(of: Self.pyramid) == Self.pyramid)
  }

  @Test func theSelfTestFindsAChangeInEveryPart() throws {
    let contents = Self.contents(Self.pyramid)
    let encoded = try BundleWriter(type: .f32).encode(contents)
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      let golden = try #require(bundle.golden)
      for part in bundle.weights.table.parameters {
        var parameters = contents.parameters
        for i in part.range { parameters[i] += i % 3 == 0 ? 0.5 : -0.25 }
        let network = EdgeNetwork<PortableKernels>(golden.shape)
        network.prepare(parameters)
        let logits = FloatBuffer(golden.shape.outputCount * golden.shape.classes)
        let result = golden.run(
          on: network, scratch: NetworkScratch(golden.shape, training: false), into: logits.pointer)
        #expect(!result.passed, "parameters from \(part.range.lowerBound)")
      }
    }
  }

  @Test func theSameHeadGivesTheSameBytes() throws {
    let contents = Self.contents(Self.pyramid)
    let first = try BundleWriter(type: .int8, golden: .full).encode(contents)
    #expect(try BundleWriter(type: .int8, golden: .full).encode(contents).bytes == first.bytes)
    let golden = try #require(first.sections.first { $0.id == .golden })
    let tokens = 32 * 24 + 16 * 12 + 8 * 6
    let elements = 32 * 24 * 16 + 16 * 12 * 32 + 8 * 6 * 24
    #expect(golden.count == 32 + 3 * 8 + 8 * 9 * 4 + tokens * 4 + elements)
  }

  @Test func unusableHeadsAreRefused() throws {
    func code(_ change: (inout BundleContents) -> Void) -> String? {
      var contents = Self.contents(Self.single)
      change(&contents)
      do {
        _ = try BundleWriter().encode(contents)
        return nil
      } catch {
        return (error as? MISTError)?.code.name
      }
    }
    #expect(code { _ in } == nil)
    #expect(code { $0.parameters.removeLast() } == "export.inconsistent")
    #expect(code { $0.maps = .init(height: 364, width: 476, levels: [33]) } == "export.inconsistent")
    #expect(code { $0.maps = .init(height: 364, width: 476, levels: [2, 1]) } == "export.inconsistent")
    #expect(code { $0.maps = .init(height: 364, width: 476, levels: [1, 2]) } == "bundle.bad-feature-levels")
    #expect(code { $0.maps = nil } == "bundle.bad-input-size")
  }

  @Test func aHeadFileBecomesABundle() throws {
    let like = try HeadBundleTests.head(.gather(4)).description
    let description = HeadDescription(
      task: .segmentation,
      network: .dense(
        .init(
          levels: [.init(level: 4, height: 4, width: 5, channels: 16, depth: 2)], hidden: 0, rank: 4,
          inputNorm: false, norm: true)), feature: .final, input: [128, 150], classes: like.classes,
      model: like.model, preprocessing: like.preprocessing, featureDType: "f16")
    let count = ParameterTable(description.shape).count
    let head = try Head(description: description, parameters: (0..<count).map { Float($0 % 13 - 6) / 8 })
    let contents = try BundleContents(head)
    let encoded = try BundleWriter(type: .f16).encode(contents)
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      #expect(bundle.network == head.shape)
      #expect(bundle.source.maps == .init(height: 128, width: 150, levels: [4]))
      #expect(bundle.source.feature == .final)
      #expect(
        String(decoding: bundle.provenance, as: UTF8.self) == "mist export; model vit.safetensors; final")
    }
  }
}
