/// All that training asks of a split of stored features. Reading is thread-safe and copies only what is asked for, so that a split
/// may be much larger than memory.
public protocol LabelledFeatures: Sendable {
  /// Samples.
  var count: Int { get }
  /// Channels C.
  var channels: Int { get }
  /// What is stored for every sample.
  var choices: [FeatureChoice] { get }
  /// Tokens T of a choice.
  func tokens(of choice: FeatureChoice) -> Int
  /// The class of a sample, in 0 ..< classes.
  func label(_ index: Int) -> Int
  /// Reads `[tokens.count, C]` values of a sample's feature: the tokens listed, in that order.
  func read(
    _ index: Int, _ choice: FeatureChoice, tokens: [Int], into destination: UnsafeMutableBufferPointer<Float>)
    throws
}

/// Some samples of a split.
public struct FeatureSubset: Sendable {
  public let features: any LabelledFeatures
  public let indices: [Int]

  public init(_ features: any LabelledFeatures, indices: [Int]? = nil) {
    self.features = features
    self.indices = indices ?? Array(0..<features.count)
  }

  public var count: Int { indices.count }

  /// Parts of these samples, by a seeded permutation: `fraction` of them (at least one) held out, and the rest.
  public func holdOut(_ fraction: Double, seed: UInt64) -> (rest: FeatureSubset, heldOut: FeatureSubset) {
    var random = CounterRandom(seed: seed, .holdout)
    let order = random.permutation(count).map { indices[$0] }
    let held = min(max(1, Int((Double(count) * fraction).rounded())), count - 1)
    return (
      FeatureSubset(features, indices: order[held...].sorted()),
      FeatureSubset(features, indices: order[..<held].sorted())
    )
  }
}
