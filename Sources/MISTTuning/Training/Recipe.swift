import MISTEdge

/// Everything that decides one training run but its data and its seed.
public struct Recipe: Codable, Hashable, Sendable {
  public enum Method: String, Codable, Sendable {
    /// LayerNorm, pooling, linear classifier.
    case linear
    /// Low-rank attention blocks before them.
    case lae
  }

  /// Which epoch's parameters are the result.
  public enum Keep: String, Codable, Sendable { case best, last }

  public var method: Method = .lae
  public var feature: FeatureChoice = .gather(12)
  /// Blocks and rank of the LAE.
  public var depth = 4
  public var rank = 32
  public var pooling = "cls"
  public var inputNorm = false
  /// Peak learning rate of the cosine schedule.
  public var rate: Float = 1e-3
  public var epochs = 100
  public var batch = 32
  /// Decoupled, on matrices only.
  public var weightDecay: Float = 0
  public var labelSmoothing: Float = 0
  /// Probability that a channel of the classifier's input is dropped.
  public var dropout: Float = 0
  /// Fraction of the tokens, the class token aside, that a training step sees.
  public var tokenFraction: Float = 1
  public var keep: Keep = .best
  /// Epochs without a better validation result after which training stops; 0: never.
  public var patience = 0

  public init() {}

  /// The network for features `[tokens, channels]`.
  public func shape(tokens: Int, channels: Int, classes: Int) -> NetworkShape {
    NetworkShape(
      tokens: tokens, channels: channels, classes: classes, depth: method == .linear ? 0 : depth, rank: rank,
      pooling: pooling == "mean" ? .mean : .cls, inputNorm: inputNorm)
  }

  /// Whether anything restrains over-fitting.
  public var isRegularised: Bool {
    weightDecay > 0 || labelSmoothing > 0 || dropout > 0 || tokenFraction < 1
  }

  /// Tokens of a training step, of `tokens`: the class token and a fraction of the others, at least one.
  public func tokensPerStep(_ tokens: Int) -> Int {
    guard tokens > 1, tokenFraction < 1 else { return tokens }
    return 1 + max(1, Int((Float(tokens - 1) * tokenFraction).rounded()))
  }
}
