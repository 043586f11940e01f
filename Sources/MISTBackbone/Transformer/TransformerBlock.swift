import MISTModels

/// One block's prepared weights. Layer scale is folded into the two products that feed the residual stream.
///
/// In int8 the first MLP, whose input has a few channels that leave the others no steps, is computed in what stands between products.
struct TransformerBlock: Sendable {
  let norm1: NormWeights
  let qkv: any LinearProduct
  let projection: any LinearProduct
  let norm2: NormWeights
  let fc1: any LinearProduct
  let fc2: any LinearProduct

  /// `qkvBias`: `[3C]`, or nil for none; `moments`: of what enters its products, by which those of integers are rounded.
  init(
    _ index: Int, _ c: some TransformerConfiguration, tokens: Int, qkvBias: [Float]?,
    kernels: ProductKernels, moments: BlockMoments? = nil, read: TensorReader
  ) throws {
    let p = "blocks.\(index)."
    func product(
      _ name: String, _ columns: Int, _ depth: Int, scale: String? = nil, _ finish: ProductFinish,
      element: ActivationElement? = nil, _ moments: SecondMoments?
    ) throws -> any LinearProduct {
      let shape = ProductShape(rows: tokens, columns: columns, depth: depth)
      var offsets = try read(p + name + ".bias", [columns])
      func prepare(_ bias: [Float], _ weights: WeightSource) throws -> any LinearProduct {
        try kernels.prepare(
          shape, named: p + name, bias: bias, finish: finish, element: element, moments: moments,
          weights: weights)
      }
      guard let scale else {
        return try prepare(offsets) { try read.with(p + name + ".weight", [columns, depth], $0) }
      }
      let gains = try read(p + scale, [columns])
      for row in 0..<columns { offsets[row] *= gains[row] }
      return try prepare(offsets) {
        var weights = try read(p + name + ".weight", [columns, depth])
        for row in 0..<columns {
          for i in row * depth..<(row + 1) * depth { weights[i] *= gains[row] }
        }
        try weights.withUnsafeBufferPointer($0)
      }
    }
    let gated = c.mlp == .swiglu
    norm1 = try NormWeights(p + "norm1", width: c.width, epsilon: c.blockEpsilon, read: read)
    qkv = try kernels.prepare(
      ProductShape(rows: tokens, columns: 3 * c.width, depth: c.width), named: p + "attn.qkv",
      bias: qkvBias, finish: .store, moments: moments?.qkv
    ) { try read.with(p + "attn.qkv.weight", [3 * c.width, c.width], $0) }
    projection = try product(
      "attn.proj", c.width, c.width, scale: c.layerScale ? "ls1" : nil, .add, moments?.projection)
    norm2 = try NormWeights(p + "norm2", width: c.width, epsilon: c.blockEpsilon, read: read)
    let element = index == 0 ? ActivationElement(between: kernels.precision) : nil
    fc1 = try product(
      "mlp.fc1", gated ? 2 * c.mlpWidth : c.mlpWidth, c.width, gated ? .store : .gelu, element: element,
      moments?.fc1)
    fc2 = try product(
      "mlp.fc2", c.width, c.mlpWidth, scale: c.layerScale ? "ls2" : nil, .add, element: element,
      moments?.fc2)
  }

  var products: [any LinearProduct] { [qkv, projection, fc1, fc2] }
}
