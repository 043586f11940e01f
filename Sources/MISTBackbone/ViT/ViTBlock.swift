import MISTModels

/// Gives tensor `name`, checked against `shape`, as f32.
typealias TensorReader = (_ name: String, _ shape: [Int]) throws -> [Float]

/// A LayerNorm's parameters.
struct NormWeights: Sendable {
  let gain: AlignedFloats
  let bias: AlignedFloats
  let epsilon: Float

  init(_ name: String, width: Int, epsilon: Float, read: TensorReader) throws {
    gain = AlignedFloats(try read(name + ".weight", [width]))
    bias = AlignedFloats(try read(name + ".bias", [width]))
    self.epsilon = epsilon
  }
}

/// One block's prepared weights. Layer scale is folded into the two products that feed the residual stream.
struct ViTBlock: Sendable {
  let norm1: NormWeights
  let qkv: any LinearProduct
  let projection: any LinearProduct
  let norm2: NormWeights
  let fc1: any LinearProduct
  let fc2: any LinearProduct

  init(
    _ index: Int, _ c: ViTConfiguration, tokens: Int, backend: ProductBackend, read: TensorReader
  ) throws {
    let p = "blocks.\(index)."
    func product(
      _ name: String, _ columns: Int, _ depth: Int, bias: Bool = true, scale: String? = nil,
      _ finish: ProductFinish
    ) throws -> any LinearProduct {
      var weights = try read(p + name + ".weight", [columns, depth])
      var offsets = bias ? try read(p + name + ".bias", [columns]) : nil
      if let scale {
        let gains = try read(p + scale, [columns])
        for row in 0..<columns {
          for i in row * depth..<(row + 1) * depth { weights[i] *= gains[row] }
          offsets?[row] *= gains[row]
        }
      }
      return try backend.prepare(
        ProductShape(rows: tokens, columns: columns, depth: depth), weights: weights, bias: offsets,
        finish: finish)
    }
    let gated = c.mlp == .swiglu
    norm1 = try NormWeights(p + "norm1", width: c.width, epsilon: c.epsilon.block, read: read)
    qkv = try product("attn.qkv", 3 * c.width, c.width, bias: c.qkvBias, .store)
    projection = try product("attn.proj", c.width, c.width, scale: c.layerScale ? "ls1" : nil, .add)
    norm2 = try NormWeights(p + "norm2", width: c.width, epsilon: c.epsilon.block, read: read)
    fc1 = try product("mlp.fc1", gated ? 2 * c.mlpWidth : c.mlpWidth, c.width, gated ? .store : .gelu)
    fc2 = try product("mlp.fc2", c.width, c.mlpWidth, scale: c.layerScale ? "ls2" : nil, .add)
  }

  var products: [any LinearProduct] { [qkv, projection, fc1, fc2] }
}
