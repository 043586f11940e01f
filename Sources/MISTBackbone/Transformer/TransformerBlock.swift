import MISTModels

/// One block's prepared weights. Layer scale is folded into the two products that feed the residual stream.
struct TransformerBlock: Sendable {
  let norm1: NormWeights
  let qkv: any LinearProduct
  let projection: any LinearProduct
  let norm2: NormWeights
  let fc1: any LinearProduct
  let fc2: any LinearProduct

  /// `qkvBias`: `[3C]`, or nil for none.
  init(
    _ index: Int, _ c: some TransformerConfiguration, tokens: Int, qkvBias: [Float]?,
    kernels: ProductKernels, read: TensorReader
  ) throws {
    let p = "blocks.\(index)."
    func product(
      _ name: String, _ columns: Int, _ depth: Int, scale: String? = nil, _ finish: ProductFinish
    ) throws -> any LinearProduct {
      let shape = ProductShape(rows: tokens, columns: columns, depth: depth)
      var offsets = try read(p + name + ".bias", [columns])
      guard let scale else {
        return try kernels.prepare(shape, named: p + name, bias: offsets, finish: finish) {
          try read.with(p + name + ".weight", [columns, depth], $0)
        }
      }
      let gains = try read(p + scale, [columns])
      for row in 0..<columns { offsets[row] *= gains[row] }
      return try kernels.prepare(shape, named: p + name, bias: offsets, finish: finish) {
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
      bias: qkvBias, finish: .store
    ) { try read.with(p + "attn.qkv.weight", [3 * c.width, c.width], $0) }
    projection = try product("attn.proj", c.width, c.width, scale: c.layerScale ? "ls1" : nil, .add)
    norm2 = try NormWeights(p + "norm2", width: c.width, epsilon: c.blockEpsilon, read: read)
    fc1 = try product("mlp.fc1", gated ? 2 * c.mlpWidth : c.mlpWidth, c.width, gated ? .store : .gelu)
    fc2 = try product("mlp.fc2", c.width, c.mlpWidth, scale: c.layerScale ? "ls2" : nil, .add)
  }

  var products: [any LinearProduct] { [qkv, projection, fc1, fc2] }
}
