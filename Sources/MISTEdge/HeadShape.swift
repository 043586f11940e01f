/// The architecture of an edge network: everything that decides its parameters' number and meaning
/// (DESIGN: M blocks of low-rank attention, final LayerNorm, pooling, linear classifier).
public struct HeadShape: Equatable, Sendable {
  public enum Pooling: UInt8, Sendable {
    /// The first token.
    case cls = 0
    /// The mean over all tokens, after the final LayerNorm.
    case mean = 1
  }

  /// Tokens T and channels C of the gathered feature.
  public var tokens: Int
  public var channels: Int
  public var classes: Int
  /// Blocks M; 0 is the linear probe.
  public var depth: Int
  /// Attention rank r.
  public var rank: Int
  public var pooling: Pooling
  /// Whether a trainable LayerNorm stands before the first block.
  public var inputNorm: Bool
  /// Epsilon of every LayerNorm.
  public var epsilon: Float

  public init(
    tokens: Int, channels: Int, classes: Int, depth: Int = 4, rank: Int = 32, pooling: Pooling = .cls,
    inputNorm: Bool = false, epsilon: Float = 1e-6
  ) {
    self.tokens = tokens
    self.channels = channels
    self.classes = classes
    self.depth = depth
    self.rank = rank
    self.pooling = pooling
    self.inputNorm = inputNorm
    self.epsilon = epsilon
  }
}
