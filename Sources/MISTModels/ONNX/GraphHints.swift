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

  /// Rotary position embedding of queries and keys.
  public struct Rotation: Sendable, Hashable {
    /// Tokens before the patches, which are not turned; nil where the graph does not show it.
    public var prefix: Int?
    /// Rows and columns of the patches that `cosine` and `sine` are for.
    public var grid: [Int]
    /// `[patches, channels of a head]`; empty where they cannot be computed from the graph alone.
    public var cosine: [Float]
    public var sine: [Float]
  }

  /// One softmax attention.
  public struct Attention: Sendable, Hashable {
    public var heads: Int?
    /// The factor on `Q Kᵀ` before the softmax.
    public var scale: Float?
  }

  /// How a convolution moves; two numbers are height's and width's, four are top, left, bottom, right.
  public struct Convolution: Sendable, Hashable {
    public var strides: [Int]
    public var padding: [Int]
    public var dilations: [Int]
    public var groups: Int
  }

  /// The join of several levels in front of a convolution.
  public struct Fusion: Sendable, Hashable {
    /// Modules of the linear layers behind the joined maps, in order; nil for a map without one.
    public var levels: [String?]
    /// How the maps are resized before: `mode` and `coordinate_transformation_mode` of the Resize nodes.
    public var resizes: Set<String>
    /// Operator between the convolution (and its batch norm) and the next convolution.
    public var activation: String?
  }

  /// Attention heads of the first attention, from the shape that queries are reshaped to.
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
  /// The factor on `Q Kᵀ` before the softmax in the first attention.
  public var attentionScale: Float?
  /// What turns queries and keys; one for each way in which the graph does it.
  public var rotations: [Rotation] = []
  /// Attentions that turn one of query and key alone, or each otherwise.
  public var hasUnequalRotations = false
  /// Every attention by its query's module name, such as `stages.0.blocks.1.attention.q_proj`.
  public var attentions: [String: Attention] = [:]
  /// Every convolution by its module name.
  public var convolutions: [String: Convolution] = [:]
  /// Joins of levels by the module name of the convolution after them.
  public var fusions: [String: Fusion] = [:]
  /// Whether the graph shifts or scales its input per channel before the patch embedding, so that its weights expect
  /// other pixels than its input.
  public var normalizesInput = false

  public init() {}
}
