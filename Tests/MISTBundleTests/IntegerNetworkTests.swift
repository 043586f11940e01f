import Foundation
import MISTEdge
import MISTEdgeKernels
import MISTModels
import MISTTuning
import TestSupport
import Testing

@testable import MISTBundle

/// Heads of int8 bundles on int8 features, in integers: beside the same weights and features as floats.
@Suite struct IntegerNetworkTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var pooling = Pooling.cls
    var inputNorm = false
    var function = BlockFunction.attention
    var depth = 3
    var channels = 48

    var testDescription: String { "\(pooling) \(inputNorm) \(function) \(depth) \(channels)" }
  }

  static let cases = [
    Case(), Case(depth: 1), Case(inputNorm: true), Case(pooling: .mean),
    Case(pooling: .mean, inputNorm: true),
    Case(function: .mlp), Case(pooling: .mean, inputNorm: true, function: .mlp), Case(channels: 37),
  ]

  private static let tokens = 21

  private static func bytes(of own: Case) throws -> [UInt8] {
    let shape = NetworkShape(
      tokens: tokens, channels: own.channels, classes: 5, depth: own.depth, function: own.function, rank: 8,
      pooling: own.pooling, inputNorm: own.inputNorm)
    var random = SplitMix64(3)
    let table = ParameterTable(shape)
    var parameters = [Float](repeating: 0, count: table.count)
    for part in table.parameters {
      let middle: Float = part.initialisation == .ones ? 1 : 0
      for i in part.range { parameters[i] = middle + 0.3 * Float(random.fraction() - 0.5) }
    }
    let description = HeadDescription(
      task: .classification, network: HeadNetwork(shape, levels: []), feature: .gather(4),
      classes: (0..<5).map { "class \($0)" },
      model: .init(hash: String(repeating: "5c", count: 32), source: "m"),
      preprocessing: Preprocessing(
        resize: .exact(height: 64, width: 64), crop: nil, interpolation: .bilinear,
        mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd), featureDType: "int8")
    let head = try Head(description: description, parameters: parameters)
    return try BundleWriter(type: .int8).encode(BundleContents(head)).bytes
  }

  /// Codes, scales and offsets of two samples.
  private static func features(_ channels: Int) -> (codes: [Int8], scales: [Float], offsets: [Float]) {
    var random = SplitMix64(11)
    let count = 2 * tokens
    return (
      (0..<count * channels).map { _ in Int8(Int(random.fraction() * 255) - 127) },
      (0..<count).map { _ in Float(0.01 + 0.02 * random.fraction()) },
      (0..<count).map { _ in Float(4 * random.fraction() - 2) }
    )
  }

  /// Logits of both samples in floats and in integers.
  private static func logits<K: EdgeKernels>(
    _ own: Case, _ kernels: K.Type
  ) throws -> (floats: [Float], integers: [Float]) {
    let (codes, scales, offsets) = features(own.channels)
    return try bytes(of: own).withUnsafeBytes { file in
      try codes.withUnsafeBytes { codes in
        try scales.withUnsafeBytes { scales in
          try offsets.withUnsafeBytes { offsets in
            let bundle = try EdgeBundle(file)
            #expect(bundle.takesIntegers)
            let feature = StoredFeature(
              type: .int8, tokens: tokens, channels: own.channels, data: codes, scales: scales,
              offsets: offsets)
            let floats = bundle.makeNetwork(bundle.network, K.self)
            let integers = bundle.makeIntegerNetwork(K.self)
            let scratch = NetworkScratch(bundle.network)
            let own = NetworkScratch(integers: bundle.network)
            let tokens = try #require(own.integers)
            var found = (floats: [Float](), integers: [Float]())
            for sample in 0..<2 {
              var logits = [Float](repeating: 0, count: 5)
              try feature.load(sample, into: scratch.inputs[0])
              floats.forward(scratch: scratch, into: &logits)
              found.floats += logits
              try feature.load(sample, into: tokens, K.self)
              integers.forward(scratch: own, into: &logits)
              found.integers += logits
            }
            return found
          }
        }
      }
    }
  }

  @Test(arguments: cases) func besideFloats(_ own: Case) throws {
    let (floats, integers) = try Self.logits(own, NativeKernels.self)
    let size = floats.map(\.magnitude).max() ?? 0
    #expect(size > 0.1)
    for (a, b) in zip(floats, integers) { #expect(abs(a - b) < 0.02 * size, "\(floats) \(integers)") }
  }

  @Test(arguments: cases) func kernelsAgree(_ own: Case) throws {
    let native = try Self.logits(own, NativeKernels.self).integers
    let plain = try Self.logits(own, PortableKernels.self).integers
    let size = plain.map(\.magnitude).max() ?? 0
    // A weight half way between two codes may become either.
    for (a, b) in zip(native, plain) { #expect(abs(a - b) < 1e-3 * size, "\(native) \(plain)") }
  }

  /// Other heads stay floats.
  @Test(arguments: [
    "attentive", "dwconv", "final", "last", "layers", "linear", "lst", "maps-int8", "f16", "int8",
  ])
  func whatTakesIntegers(_ name: String) throws {
    let path = Fixture.path("edge-bundle/\(name).mistedge")
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    let takes = try bytes.withUnsafeBytes { try EdgeBundle($0).takesIntegers }
    #expect(takes == (name == "int8"))
  }
}
