/// A transformer block: pre-norm, attention of several heads and an MLP with the erf form of GELU, biases throughout.
public struct TransformerShape: Hashable, Sendable {
  /// Channels w of its tokens.
  public var width: Int
  /// Heads, each w/heads wide.
  public var heads: Int
  /// Channels of the MLP's middle.
  public var hidden: Int
  /// Whether what attention and MLP add is scaled channel by channel.
  public var layerScale: Bool

  /// Most heads of a block, and the widest middle of an MLP.
  public static let largestHeadCount = 256
  public static let largestHidden = 1 << 16

  /// A block; the MLP is four times as wide unless told.
  public init(width: Int, heads: Int, hidden: Int? = nil, layerScale: Bool = false) {
    self.width = width
    self.heads = heads
    self.hidden = hidden ?? 4 * width
    self.layerScale = layerScale
  }

  /// Whether the width can be divided so.
  public var isPossible: Bool {
    1...Self.largestHeadCount ~= heads && width >= heads && width % heads == 0
      && 1...Self.largestHidden ~= hidden
  }

  /// Channels of a head.
  var headWidth: Int { width / heads }

  /// Adds the parameters of block `i`.
  func addParameters(block i: Int, to table: inout ParameterTable) {
    table.addNorm(.attentionGain, .attentionBias, width, nil, i)
    table.add(.projection, rows: 3 * width, width, .xavier, nil, i)
    table.add(.projectionBias, 3 * width, .zeros, nil, i)
    table.add(.attentionOutput, rows: width, width, .xavier, nil, i)
    table.add(.attentionOutputBias, width, .zeros, nil, i)
    if layerScale { table.add(.attentionScale, width, .ones, nil, i) }
    table.addNorm(.perceptronGain, .perceptronBias, width, nil, i)
    table.add(.expansion, rows: hidden, width, .xavier, nil, i)
    table.add(.expansionBias, hidden, .zeros, nil, i)
    table.add(.contraction, rows: width, hidden, .xavier, nil, i)
    table.add(.contractionBias, width, .zeros, nil, i)
    if layerScale { table.add(.perceptronScale, width, .ones, nil, i) }
  }
}

/// A transformer block's parameters, named as in a converted model.
extension ParameterName {
  package static let attentionGain = ParameterName("norm1.weight")
  package static let attentionBias = ParameterName("norm1.bias")
  /// Queries, keys and values `[3w, w]`.
  package static let projection = ParameterName("attn.qkv.weight")
  package static let projectionBias = ParameterName("attn.qkv.bias")
  /// `[w, w]`
  package static let attentionOutput = ParameterName("attn.proj.weight")
  package static let attentionOutputBias = ParameterName("attn.proj.bias")
  package static let attentionScale = ParameterName("ls1")
  package static let perceptronGain = ParameterName("norm2.weight")
  package static let perceptronBias = ParameterName("norm2.bias")
  /// `[hidden, w]`
  package static let expansion = ParameterName("mlp.fc1.weight")
  package static let expansionBias = ParameterName("mlp.fc1.bias")
  /// `[w, hidden]`
  package static let contraction = ParameterName("mlp.fc2.weight")
  package static let contractionBias = ParameterName("mlp.fc2.bias")
  package static let perceptronScale = ParameterName("ls2")
}
