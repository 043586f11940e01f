import MISTEdge

/// The features of a split, as training reads them. Reading is thread-safe and copies only what is asked for, so that a split may
/// be much larger than memory.
package protocol SplitFeatures: Sendable {
  /// Samples.
  var count: Int { get }
  /// What is stored for every sample.
  var stored: [Feature] { get }
  /// The tensors of a feature, finest level first; tokens without a map are one level of height 1. Empty when it is not stored.
  func inputs(of feature: Feature) -> [MapLevel]
  /// How the tokens of a gathered feature lie, where that is known.
  var grid: TokenGrid? { get }
  /// A number that views of one image share, and other images do not have.
  func image(_ index: Int) -> Int
  /// Whether a sample is its whole image, and not a random view of it.
  func isWhole(_ index: Int) -> Bool
  /// Reads `[tokens, C]` of `inputs(of: feature)[input]` of a sample: the tokens listed, in that order, or all of them for nil.
  func read(
    _ index: Int, _ feature: Feature, input: Int, tokens: [Int]?,
    into destination: UnsafeMutableBufferPointer<Float>) throws
}

extension SplitFeatures {
  package var grid: TokenGrid? { nil }
  package func image(_ index: Int) -> Int { index }
  package func isWhole(_ index: Int) -> Bool { true }

  /// All of `inputs(of: feature)[input]` of a sample, `[tokens, C]`. Throws what reading throws.
  package func values(_ index: Int, _ feature: Feature, input: Int) throws -> [Float] {
    let shape = inputs(of: feature)[input]
    var values = [Float](repeating: 0, count: shape.positions * shape.channels)
    try values.withUnsafeMutableBufferPointer {
      try read(index, feature, input: input, tokens: nil, into: $0)
    }
    return values
  }
}
