import MISTFormats
import MISTModels

/// How far one tensor is from its golden.
public struct TensorComparison: Encodable, Hashable, Sendable {
  /// The golden's name, such as `F3`.
  public let name: String
  /// NaN when either side holds a NaN.
  public let maxAbsoluteError: Double
  /// The golden's largest magnitude, which errors are relative to.
  public let largestMagnitude: Double
  public let relativeError: Double
  public let passed: Bool
  let output: ViTOutput

  init(name: String, output: ViTOutput, error: Double, magnitude: Double, tolerance: Double) {
    self.name = name
    self.output = output
    maxAbsoluteError = error
    largestMagnitude = magnitude
    relativeError = error == 0 ? 0 : error / magnitude
    passed = relativeError <= tolerance
  }

  private enum CodingKeys: CodingKey {
    case name, maxAbsoluteError, largestMagnitude, relativeError, passed
  }

  /// The part of the model that `output` is the first to show.
  public var place: String {
    switch output {
    case .block(0): "the embedding"
    case .block(let i): "block \(i)"
    case .gather(let k): "the sum F0 … F\(k)"
    case .finalNorm, .finalClassToken: "the final norm"
    }
  }
}

/// A model's activations against another implementation's.
public struct Verification: Sendable {
  /// Largest error, relative to a tensor's largest magnitude, by the type that the model stores its weights in.
  public enum Tolerance {
    public static let f32 = 1e-4
    public static let f16 = 5e-3
    public static let bf16 = 4e-2

    /// That of the coarsest element type of `tensors`.
    public static func of(_ tensors: [TensorInfo]) -> Double {
      let types = Set(tensors.map(\.dtype))
      return types.contains(.bf16) ? bf16 : types.contains(.f16) ? f16 : f32
    }
  }

  public let tolerance: Double
  /// In the order of the forward pass.
  public let comparisons: [TensorComparison]
  /// Names in the golden file that mean nothing here.
  public let skipped: [String]

  public var passed: Bool { comparisons.allSatisfy(\.passed) }
  public var firstDivergent: TensorComparison? { comparisons.first { !$0.passed } }

  /// Runs `checkpoint` on every image of `golden`, at the golden's image size.
  /// Throws the golden's errors, the backbone's and the checkpoint's; a difference is a result, not an error.
  public init(
    checkpoint: CanonicalCheckpoint, golden: GoldenFile, tolerance: Double? = nil,
    backend: ProductBackend = .automatic
  ) throws {
    guard let c = checkpoint.configuration.vit else {
      throw MISTError(.backboneArchitecture, "a vision transformer is expected")
    }
    let limit = tolerance ?? Tolerance.of(checkpoint.archive.tensors)
    try golden.check(
      depth: c.depth, tokens: c.tokens(height: golden.height, width: golden.width), width: c.width)
    let outputs = ViTOutputs(golden.expected.map(\.output))
    let backbone = try ViTBackbone(
      checkpoint: checkpoint, imageSize: (golden.height, golden.width),
      depth: outputs.includesFinal ? nil : outputs.lastBlock(of: c.depth), backend: backend)
    try self.init(backbone, golden, outputs, tolerance: limit)
  }

  init(_ backbone: ViTBackbone, _ golden: GoldenFile, _ outputs: ViTOutputs, tolerance: Double) throws {
    let worker = try backbone.makeWorker()
    let names = Dictionary(
      golden.expected.map { ($0.output, $0.name) }, uniquingKeysWith: { first, _ in first })
    let expected = try Dictionary(uniqueKeysWithValues: names.map { ($0.key, try golden.floats($0.value)) })
    let pixels = try golden.floats("input")
    let perImage = pixels.count / golden.batch
    var differences: [ViTOutput: Difference] = [:]
    for image in 0..<golden.batch {
      try pixels.withUnsafeBufferPointer { all in
        let one = UnsafeBufferPointer(rebasing: all[image * perImage..<(image + 1) * perImage])
        try worker.forward(one, outputs) { output, found in
          guard let values = expected[output] else { return }
          let start = image * found.count
          differences[output, default: Difference()].add(found, values[start..<start + found.count])
        }
      }
    }
    self.tolerance = tolerance
    skipped = golden.skipped
    comparisons = golden.expected.map { name, output in
      let difference = differences[output] ?? Difference()
      return TensorComparison(
        name: name, output: output, error: difference.error, magnitude: difference.magnitude,
        tolerance: tolerance)
    }
  }
}

/// The largest error and magnitude so far. A NaN, once seen, stays.
private struct Difference {
  var error = 0.0
  var magnitude = 0.0

  mutating func add(_ found: UnsafeBufferPointer<Float>, _ expected: ArraySlice<Float>) {
    for (x, y) in zip(found, expected) {
      let distance = abs(Double(x) - Double(y))
      // False for a NaN on either side of the comparison.
      if !(distance <= error) && !error.isNaN { error = distance }
      if Double(abs(y)) > magnitude { magnitude = Double(abs(y)) }
    }
  }
}
