/// A bundle in memory, mapped or in flash: everything a device needs to turn gathered features into a class
/// (`Formats/edge-bundle.md`). Nothing is copied; the bytes must outlive the value.
public struct EdgeBundle {
  public let version: UInt32
  public let minimumReader: UInt32
  /// In the file's order, unknown ones included.
  public let sections: [BundleSection]
  public let shape: HeadShape
  public let labels: BundleLabels
  public let preprocessing: BundlePreprocessing
  public let source: BundleSource
  public let weights: BundleWeights
  public let golden: BundleGolden?
  /// Where the bundle comes from, UTF-8 for people; empty when it does not say.
  public let provenance: UnsafeRawBufferPointer

  /// Checks all of `bytes` against the format's rules, checksums included; throws the first rule that is broken.
  public init(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) {
    let container = try BundleContainer(bytes)
    version = container.version
    minimumReader = container.minimumReader
    sections = container.sections
    shape = try BundleHead.read(container.required(.head))
    labels = try BundleLabels(container.required(.labels), classes: shape.classes)
    preprocessing = try BundlePreprocessing(container.required(.preprocessing))
    source = try BundleSource(container.required(.source), shape: shape)
    weights = try BundleWeights(container.required(.weights), shape: shape)
    if let section = container.optional(.golden) {
      golden = try BundleGolden(section, shape: shape)
    } else {
      golden = nil
    }
    provenance = container.optional(.provenance) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    guard UTF8Text.isValid(provenance) else { throw EdgeError(.provenanceNotUTF8, in: .provenance) }
    guard !UTF8Text.hasControlCharacter(provenance) else {
      throw EdgeError(.provenanceControlCharacter, in: .provenance)
    }
  }

  /// Whether the head is the linear probe or has attention blocks.
  public var kind: BundleHead.Kind { shape.depth == 0 ? .linear : .lae }

  /// The head ready to run.
  public func makeNetwork<K: EdgeKernels>(_ kernels: K.Type = K.self) -> HeadNetwork<K> {
    let network = HeadNetwork<K>(shape)
    weights.withParameters { network.prepare($0) }
    return network
  }

  /// Logits `[classes]` of the golden input, written to `logits`, and how far they are from the expected ones.
  public func runGolden<K: EdgeKernels>(
    _ golden: BundleGolden, on network: HeadNetwork<K>, scratch: HeadScratch,
    into logits: UnsafeMutablePointer<Float>
  ) -> GoldenResult {
    golden.expandInput(into: scratch.input)
    network.forward(tokens: golden.tokens, scratch: scratch, into: logits)
    var result = GoldenResult(tolerance: golden.tolerance)
    for i in 0..<shape.classes { result.compare(logits[i], to: golden.expected(i)) }
    return result
  }
}

/// How far a device's logits are from the golden ones.
public struct GoldenResult: Sendable {
  public let tolerance: Float
  public private(set) var maximumError: Float = 0
  public private(set) var maximumMagnitude: Float = 0

  init(tolerance: Float) { self.tolerance = tolerance }

  mutating func compare(_ value: Float, to expected: Float) {
    let error = (value - expected).magnitude
    // A NaN must not pass: it compares as neither larger nor smaller.
    maximumError = error.isNaN ? .infinity : max(maximumError, error)
    maximumMagnitude = max(maximumMagnitude, expected.magnitude)
  }

  /// The largest error over the largest expected magnitude, or over 1 if that is larger.
  public var relativeError: Float { maximumError / max(maximumMagnitude, 1) }
  public var passed: Bool { relativeError <= tolerance }
}
