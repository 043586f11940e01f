/// What a graph says about its architecture that its tensors' names and shapes do not. A member is nil where the
/// graph does not show it as a constant.
package struct GraphHints: Sendable, Hashable {
  package enum Activation: String, Sendable, Hashable {
    /// `x · Φ(x)`, by the error function.
    case geluErf = "gelu-erf"
    /// GELU's tanh approximation.
    case geluTanh = "gelu-tanh"
    /// `x · sigmoid(1.702 x)`.
    case geluQuick = "gelu-quick"
    case silu
    case relu
    case leakyRelu = "leaky-relu"
    case elu
    case hardSwish = "hard-swish"
    case tanh
    case none = "no activation"
  }

  /// Rotary position embedding of queries and keys.
  package struct Rotation: Sendable, Hashable {
    /// Tokens before the patches, which are not turned; nil where the graph does not show it.
    package var prefix: Int?
    /// Rows and columns of the patches that `cosine` and `sine` are for.
    package var grid: [Int]
    /// `[patches, channels of a head]`; empty where they cannot be computed from the graph alone.
    package var cosine: [Float]
    package var sine: [Float]
  }

  /// One softmax attention.
  package struct Attention: Sendable, Hashable {
    package var heads: Int?
    /// The factor on `Q Kᵀ` before the softmax.
    package var scale: Float?
  }

  /// How a convolution moves; two numbers are height's and width's, four are top, left, bottom, right.
  package struct Convolution: Sendable, Hashable {
    package var strides: [Int]
    package var padding: [Int]
    package var dilations: [Int]
    package var groups: Int
  }

  /// The join of several levels in front of a convolution.
  package struct Fusion: Sendable, Hashable {
    /// Modules of the linear layers behind the joined maps, in order; nil for a map without one.
    package var levels: [String?]
    /// How the maps are resized before: `mode` and `coordinate_transformation_mode` of the Resize nodes.
    package var resizes: Set<String>
    /// Operator between the convolution (and its batch norm) and the next convolution.
    package var activation: String?
  }

  /// Attention heads of the first attention, from the shape that queries are reshaped to.
  package var heads: Int?
  /// LayerNorm epsilons by module name, such as `blocks.0.norm1`.
  package var epsilons: [String: Float] = [:]
  /// Height and width in pixels of the graph's image input, where they are fixed.
  package var inputSize: [Int]?
  /// Height and width of the patch embedding's kernel, where they are equal and equal to its stride.
  package var patchSize: Int?
  /// Rows and columns of the position embedding that was recovered from folded constants.
  package var positionGrid: [Int]?
  package var activation: Activation?
  /// The factor on `Q Kᵀ` before the softmax in the first attention.
  package var attentionScale: Float?
  /// What turns queries and keys; one for each way in which the graph does it.
  package var rotations: [Rotation] = []
  /// Attentions that turn one of query and key alone, or each otherwise.
  package var hasUnequalRotations = false
  /// Every attention by its query's module name, such as `stages.0.blocks.1.attention.q_proj`.
  package var attentions: [String: Attention] = [:]
  /// Every convolution by its module name.
  package var convolutions: [String: Convolution] = [:]
  /// Joins of levels by the module name of the convolution after them.
  package var fusions: [String: Fusion] = [:]
  /// Whether a position is added to the class token too, where the dataflow shows it.
  package var classPosition: Bool?
  /// What the classifier of images reads, where the dataflow shows one.
  package var classifierInput: ImageClassifier.Input?
  /// The same in timm's words for `global_pool`; nil for what it has no word for, and where the dataflow was not understood.
  package var pooling: String?
  /// Whether the graph shifts or scales its input per channel before the patch embedding, so that its weights expect
  /// other pixels than its input.
  package var normalizesInput = false

  package init() {}
}
