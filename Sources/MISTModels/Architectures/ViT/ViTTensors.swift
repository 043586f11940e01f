extension ViTConfiguration {
  /// Canonical tensors. Linear weights are `[out, in]`.
  package static let keys: [TensorKey<ViTConfiguration>] =
    [
      TensorKey("patch_embed.weight") { c, _ in [c.width, 3, c.patchSize, c.patchSize] },
      TensorKey("patch_embed.bias", zeros: (if: .preNorm, else: .noPreNorm)) { c, _ in [c.width] },
      TensorKey("cls_token", if: .classToken) { c, _ in [c.width] },
      TensorKey("register_tokens", if: .registers) { c, _ in [c.registerTokens, c.width] },
      TensorKey("pos_embed") { c, _ in
        let grid = c.grid(height: c.imageSize[0], width: c.imageSize[1])
        return [grid.rows * grid.columns + (c.classPosition ? 1 : 0), c.width]
      },
    ] + norm("pre_norm", if: .preNorm)
    + norm("blocks.{i}.norm1") + [
      TensorKey("blocks.{i}.attn.qkv.weight") { c, _ in [3 * c.width, c.width] },
      TensorKey("blocks.{i}.attn.qkv.bias", if: .qkvBias) { c, _ in [3 * c.width] },
    ] + TensorKey.linear("blocks.{i}.attn.proj") { c, _ in (c.width, c.width) }
    + [TensorKey("blocks.{i}.ls1", if: .layerScale) { c, _ in [c.width] }]
    + norm("blocks.{i}.norm2")
    // Gate, then value, of a gated MLP.
    + TensorKey.linear("blocks.{i}.mlp.fc1") { c, _ in ((c.mlp == .swiglu ? 2 : 1) * c.mlpWidth, c.width) }
    + TensorKey.linear("blocks.{i}.mlp.fc2") { c, _ in (c.width, c.mlpWidth) }
    + [TensorKey("blocks.{i}.ls2", if: .layerScale) { c, _ in [c.width] }]
    + norm("final_norm") + TensorKey.classifier { $0.width }

  private static func norm(_ name: String, if presence: Presence = .always) -> [TensorKey<ViTConfiguration>] {
    TensorKey.norm(name, if: presence) { c, _ in c.width }
  }
}
