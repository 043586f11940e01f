import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBundle

@Suite struct BundleWriterTests {
  static let types: [StoredType] = [.f32, .f16, .int8]

  /// A head of real proportions with weights that depend on nothing but the index.
  static func contents(_ shape: NetworkShape, feature: Feature = .gather(8)) -> BundleContents {
    let count = ParameterTable(shape).count
    var state: UInt64 = 3
    let parameters = (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(state >> 40) / 16_777_216 - 0.5) / 4
    }
    return BundleContents(
      task: .classification, network: shape, parameters: parameters,
      labels: (0..<shape.classes).map { "class \($0) ü" },
      preprocessing: Preprocessing(
        resize: .shortestEdge(256), crop: [224, 224], interpolation: .bicubic,
        mean: Preprocessing.imageNetMean,
        std: Preprocessing.imageNetStd), feature: feature, modelHash: String(repeating: "0a", count: 32),
      provenance: "a test")
  }

  static let shape = NetworkShape(
    tokens: 50, channels: 96, classes: 7, depth: 3, rank: 16, pooling: .cls, inputNorm: true)

  @Test(arguments: types) func everyFieldComesBack(type: StoredType) throws {
    let contents = Self.contents(Self.shape)
    let encoded = try BundleWriter(type: type).encode(contents)
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      #expect(bundle.network == contents.network)
      #expect(bundle.task == .classification)
      #expect(
        (0..<7).map { String(decoding: bundle.labels[$0], as: UTF8.self) } == contents.labels)
      #expect(
        bundle.preprocessing
          == BundlePreprocessing(
            resize: .shortestEdge, height: 256, width: 0, cropHeight: 224, cropWidth: 224,
            interpolation: .bicubic, mean: (0.485, 0.456, 0.406), deviation: (0.229, 0.224, 0.225)))
      #expect(bundle.source.feature == .gather(8))
      #expect(Array(bundle.source.modelHash) == [UInt8](repeating: 10, count: 32))
      #expect(String(decoding: bundle.provenance, as: UTF8.self) == "a test")
      #expect(bundle.weights.type == type)
      let golden = try #require(bundle.golden)
      #expect(golden.shape.tokens == 16)
      #expect(golden.label == nil)
    }
    #expect(
      encoded.sections.map(\.id.name) == ["HEAD", "TASK", "LABL", "PREP", "SRCE", "WGHT", "GOLD", "PROV"])
  }

  /// The element types' own rounding: half a unit in the last place of binary16, half a step of the row's scale.
  @Test(arguments: types) func weightsComeBackWithinTheTypesRounding(type: StoredType) throws {
    let contents = Self.contents(Self.shape)
    let encoded = try BundleWriter(type: type, golden: .none).encode(contents)
    let table = ParameterTable(Self.shape)
    var back = [Float](repeating: .nan, count: table.count)
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      #expect(bundle.golden == nil)
      back.withUnsafeMutableBufferPointer { bundle.weights.expand(into: $0.baseAddress!) }
    }
    var largest: Float = 0
    for part in table.parameters {
      for row in stride(from: part.range.lowerBound, to: part.range.upperBound, by: part.columns) {
        let values = contents.parameters[row..<(row + part.columns)]
        let step = values.reduce(0) { max($0, $1.magnitude) } / 127
        for index in values.indices {
          let error = (values[index] - back[index]).magnitude
          largest = max(largest, error)
          switch type {
          case _ where !part.isMatrix: #expect(error == 0)
          case .f32: #expect(error == 0)
          case .f16: #expect(error <= max(values[index].magnitude / 2048, 3e-8))
          case .int8: #expect(error <= step * 0.5001)
          }
        }
      }
    }
    #expect(largest == encoded.maximumWeightError)
    #expect((largest == 0) == (type == .f32))
  }

  @Test func theSameHeadGivesTheSameBytes() throws {
    let contents = Self.contents(Self.shape)
    let first = try BundleWriter(type: .int8, golden: .full).encode(contents)
    #expect(try BundleWriter(type: .int8, golden: .full).encode(contents).bytes == first.bytes)
    let golden = try #require(first.sections.first { $0.id == .golden })
    #expect(golden.count == 32 + 7 * 4 + 50 * 4 + 50 * 96)
  }

  @Test func aLinearHeadOnTheFinalTokenIsWritten() throws {
    let shape = NetworkShape(tokens: 1, channels: 96, classes: 7, depth: 0)
    let encoded = try BundleWriter(type: .f32).encode(Self.contents(shape, feature: .final))
    try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      #expect(bundle.version == 3)
      #expect(bundle.minimumReader == 1)
      #expect(bundle.network == NetworkShape(tokens: 1, channels: 96, classes: 7, depth: 0, rank: 0))
      #expect(bundle.source.feature == .final)
      #expect(bundle.golden?.shape.tokens == 1)
    }
  }

  @Test func goldenTokensKeepTheClassTokenAndSpread() {
    func shape(_ tokens: Int) -> NetworkShape { NetworkShape(tokens: tokens, channels: 8, classes: 2) }
    #expect(GoldenSize.compact.tokens(of: shape(5)) == [0, 1, 2, 3, 4])
    let tokens = GoldenSize.compact.tokens(of: shape(257))
    #expect(tokens.count == 16)
    #expect(tokens.prefix(3) == [0, 1, 18])
    #expect(Set(tokens).count == 16)
    #expect(tokens.allSatisfy { $0 < 257 })
    #expect(GoldenSize.full.tokens(of: shape(257)) == Array(0..<257))
  }

  /// A damaged weight with a mended checksum: the golden pair is what notices.
  @Test func theSelfTestFindsAChangedWeight() throws {
    let encoded = try BundleWriter(type: .f32).encode(Self.contents(Self.shape))
    let (clean, changed) = try encoded.bytes.withUnsafeBytes { bytes in
      let bundle = try EdgeBundle(bytes)
      let golden = try #require(bundle.golden)
      var parameters = [Float](repeating: 0, count: bundle.weights.count)
      parameters.withUnsafeMutableBufferPointer { bundle.weights.expand(into: $0.baseAddress!) }
      func result() -> GoldenResult {
        let network = EdgeNetwork<PortableKernels>(golden.shape)
        network.prepare(parameters)
        let logits = FloatBuffer(7)
        return golden.run(on: network, scratch: NetworkScratch(golden.shape), into: logits.pointer)
      }
      let clean = result()
      let value = ParameterTable(Self.shape).range(.blockInput, stream: 0, block: 0).lowerBound + 2 * 16 * 96
      parameters[value] += 0.5
      return (clean, result())
    }
    #expect(clean.passed)
    #expect(!changed.passed)
  }

  @Test func unusableHeadsAreRefused() throws {
    func code(_ type: StoredType = .f32, _ change: (inout BundleContents) -> Void) -> String? {
      var contents = Self.contents(Self.shape)
      change(&contents)
      do {
        _ = try BundleWriter(type: type).encode(contents)
        return nil
      } catch {
        return (error as? MISTError)?.code.name
      }
    }
    let weight = ParameterTable(Self.shape).range(.blockInput, stream: 0, block: 1).lowerBound
    #expect(code { _ in } == nil)
    #expect(code { $0.parameters.removeLast() } == "export.inconsistent")
    #expect(code { $0.parameters[5] = .nan } == "export.unrepresentable")
    #expect(code(.f16) { $0.parameters[weight] = 1e6 } == "export.unrepresentable")
    #expect(code(.int8) { $0.parameters[weight] = 1e6 } == nil)
    #expect(code { $0.modelHash = "abc" } == "export.inconsistent")
    #expect(code { $0.modelHash = String(repeating: "+1", count: 32) } == "export.inconsistent")
    #expect(code { $0.labels[2] = "" } == "bundle.empty-label")
    #expect(code { $0.labels.removeLast() } == "bundle.label-count")
    #expect(code { $0.labels[1] = "two\nlines" } == "bundle.label-control-character")
    #expect(code { $0.preprocessing.std[1] = 0 } == "bundle.bad-normalisation")
    #expect(code { $0.feature = .gather(0) } == "bundle.bad-gather-depth")
    #expect(code { $0.feature = .side(3) } == "export.inconsistent")
    #expect(code { $0.task = .segmentation } == "bundle.task-differs")
    #expect(code { $0.feature = .final } == "bundle.bad-final-shape")
  }

  @Test func filesAreWrittenWhole() throws {
    try Fixture.withTemporaryFolder { folder in
      let encoded = try BundleWriter(type: .f16).encode(Self.contents(Self.shape))
      try encoded.write(to: folder + "/a.mistedge")
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/a.mistedge")) == Data(encoded.bytes))
      #expect(throws: MISTError.self) { try encoded.write(to: folder + "/none/a.mistedge") }
    }
  }
}
