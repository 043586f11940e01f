import MISTEdge
import MISTKernels
import MISTModels

/// The activations of a block between its products, on one thread, in the elements of the backbone's precision.
final class TransformerRows {
  private let backbone: TransformerBackbone
  /// What products read `[T, C]`.
  private let normed: ActivationBuffer
  /// The attention's output `[T, C]`, or what a product that is not in the precision's elements reads; the same memory where elements are the same.
  private let heads: ActivationBuffer
  /// q, k, v `[T, 3C]`, or the MLP's hidden activations.
  private let between: ActivationBuffer
  /// q, k, v that are to be turned, or both halves of a SwiGLU's input, as floats.
  private let floats: AlignedFloats?
  /// The gated hidden activations of a SwiGLU.
  private let gated: AlignedFloats?
  /// A row on its way to narrow elements.
  private let line: AlignedFloats

  init(_ backbone: TransformerBackbone) {
    let (c, tokens, element) = (backbone.configuration, backbone.tokens, backbone.element)
    let swiglu = c.mlp == .swiglu
    self.backbone = backbone
    let normed = ActivationBuffer(ActivationElement(backbone.kernels.precision), rows: tokens, width: c.width)
    self.normed = normed
    heads = normed.element == element ? normed : ActivationBuffer(element, rows: tokens, width: c.width)
    between = ActivationBuffer(
      element, rows: tokens, width: max(3 * c.width, swiglu && element == .f32 ? 2 * c.mlpWidth : c.mlpWidth))
    let apart =
      element == .f32 ? 0 : max(backbone.rotation == nil ? 0 : 3 * c.width, swiglu ? 2 * c.mlpWidth : 0)
    floats = apart > 0 ? AlignedFloats(count: tokens * apart) : nil
    gated = swiglu ? AlignedFloats(count: tokens * c.mlpWidth) : nil
    line = AlignedFloats(count: c.width)
  }

  private var width: Int { backbone.configuration.width }

  /// The wide activations as rows of `width`.
  func wide(_ width: Int) -> Activations { between.rows(of: width) }
  var attended: Activations { heads.rows(of: width) }

  /// What `product`, which follows a norm, reads.
  func input(of product: any LinearProduct) -> Activations {
    (product.element == normed.element ? normed : heads).rows(of: width)
  }

  /// LayerNorm of the residual stream, for `product`, which is the next.
  func normalise(
    _ stream: UnsafePointer<Float>, _ norm: NormWeights, for product: any LinearProduct, tokens: Int
  ) {
    let out = input(of: product)
    if out.element == .f32 { return norm.run(stream, rows: tokens, into: out.floats) }
    for token in 0..<tokens {
      norm.run(stream + token * width, rows: 1, into: line.pointer)
      out.from(row: token).convert(line.pointer, rows: 1, width: width, apart: width)
    }
  }

  /// q, k and v of the normalised tokens, turned where the model turns them.
  func project(_ qkv: any LinearProduct, _ rotation: Rotation?, _ context: ProductContext) throws {
    let out = wide(3 * width)
    let normed = input(of: qkv)
    guard let rotation else { return try qkv.run(normed, into: out, context) }
    let turned = floats.map { Activations($0.pointer, width: 3 * width) } ?? out
    try qkv.run(normed, into: turned, context)
    rotation.run(turned.floats)
    if floats != nil {
      out.convert(turned.floats, rows: backbone.tokens, width: 3 * width, apart: 3 * width)
    }
  }

  /// The MLP's hidden activations, gated where the model gates them.
  func hidden(_ fc1: any LinearProduct, _ context: ProductContext) throws -> Activations {
    let hidden = backbone.configuration.mlpWidth
    guard let gated else {
      let out = wide(hidden)
      try fc1.run(input(of: fc1), into: out, context)
      return out
    }
    let both = floats.map { Activations($0.pointer, width: 2 * hidden) } ?? wide(2 * hidden)
    try fc1.run(input(of: fc1), into: both, context)
    mist_swiglu(both.floats, backbone.tokens, hidden, gated.pointer)
    return Activations(gated.pointer, width: hidden)
  }
}
