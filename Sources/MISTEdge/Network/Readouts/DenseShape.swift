/// A readout of maps: per level an optional LayerNorm and a 1×1 product; the results are resized bilinearly to the output grid
/// and summed, and either are the logits (linear) or pass through ReLU and a classifier (SegFormer's all-MLP head in its merged
/// form).
public struct DenseShape: Equatable, Sendable {
  /// Channels D after the summation; 0 for a linear head.
  public var hidden: Int
  /// Whether a trainable LayerNorm stands before every level's product. Heads imported from elsewhere have none.
  public var norm: Bool
  /// Grid `H' × W'` on which the levels are summed and logits are formed: a quarter of the image.
  public var height: Int
  public var width: Int

  /// A readout with `hidden` channels (0: linear) on a grid of `height` × `width`; `norm`: a LayerNorm before every level's product.
  public init(hidden: Int, norm: Bool, height: Int, width: Int) {
    self.hidden = hidden
    self.norm = norm
    self.height = height
    self.width = width
  }

  /// Adds the norm and the product of a level.
  func addParameters(of stream: Int, _ shape: NetworkShape, to table: inout ParameterTable) {
    let c = shape.streams[stream].channels
    if norm { table.addNorm(.normGain, .normBias, c, stream) }
    let isLinear = hidden == 0
    table.add(
      .product, rows: isLinear ? shape.classes : hidden, c, isLinear ? .normal : .xavier, stream)
  }
}

extension ParameterName {
  /// A level's product `[R, C]`, and what is added to the sum of the levels `[R]`.
  package static let product = ParameterName("product.weight")
  package static let bias = ParameterName("bias")
}
