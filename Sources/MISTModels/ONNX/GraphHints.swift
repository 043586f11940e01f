/// What a graph says about its architecture that its tensors' names and shapes do not. A member is nil where the
/// graph does not show it as a constant.
public struct GraphHints: Sendable, Hashable {
  public enum Activation: String, Sendable, Hashable {
    /// `x · Φ(x)`, by the error function.
    case geluErf = "gelu-erf"
    /// GELU's tanh approximation.
    case geluTanh = "gelu-tanh"
    /// `x · sigmoid(1.702 x)`.
    case geluQuick = "gelu-quick"
    case silu
  }

  /// Attention heads, from the shape that queries are reshaped to.
  public var heads: Int?
  /// LayerNorm epsilons by module name, such as `blocks.0.norm1`.
  public var epsilons: [String: Float] = [:]
  /// Height and width in pixels of the graph's image input, where they are fixed.
  public var inputSize: [Int]?
  /// Height and width of the patch embedding's kernel, where they are equal and equal to its stride.
  public var patchSize: Int?
  /// Rows and columns of the position embedding that was recovered from folded constants.
  public var positionGrid: [Int]?
  public var activation: Activation?
  /// The factor on `Q Kᵀ` before the softmax.
  public var attentionScale: Float?
  /// Whether the graph shifts or scales its input per channel before the patch embedding, so that its weights expect
  /// other pixels than its input.
  public var normalizesInput = false

  public init() {}
}
