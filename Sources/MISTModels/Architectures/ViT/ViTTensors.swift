extension ViTConfiguration {
  /// Canonical tensors.
  package static let keys: [TensorKey<ViTConfiguration>] =
    TensorKey.tokens + [
      TensorKey("pos_embed") { c, _ in
        let grid = c.grid(height: c.imageSize[0], width: c.imageSize[1])
        return [grid.rows * grid.columns + (c.classPosition ? 1 : 0), c.width]
      }
    ] + TensorKey.norm("pre_norm", if: .preNorm)
    + TensorKey.block(qkvBias: [
      TensorKey("blocks.{i}.attn.qkv.bias", if: .qkvBias) { c, _ in [3 * c.width] }
    ]) + TensorKey.norm("final_norm") + TensorKey.classifier { $0.width }
}
