/// Google's JAX vision transformers: `.npz` files of `vision_transformer` (the paper's and AugReg's) and of `big_vision`.
///
/// Kernels are `[in, out]`, those of attention with an axis for the heads, so that the number of heads shows.
extension Convention {
  /// The names of published files: modules are counted together within their block.
  package static let jax = jaxTable(
    "jax", "Google vision_transformer (JAX)", positions: "Transformer/posembed_input/pos_embedding",
    attention: "MultiHeadDotProductAttention_1", norm2: "LayerNorm_2", mlp: "MlpBlock_3", ignored: [],
    classPosition: true)

  /// The names of Flax's Linen: modules are counted by kind.
  package static let bigVision = jaxTable(
    "big_vision", "Google big_vision (JAX)", positions: "pos_embedding",
    attention: "MultiHeadDotProductAttention_0", norm2: "LayerNorm_1", mlp: "MlpBlock_0",
    ignored: ["MAPHead_0/*"])

  private static func jaxTable(
    _ name: String, _ title: String, positions: String, attention: String, norm2: String, mlp: String,
    ignored: [String], classPosition: Bool? = nil
  ) -> Convention {
    let (block, canonical) = ("Transformer/encoderblock_{i}/", "blocks.{i}.")
    let (heads, dense) = (block + attention, block + mlp + "/Dense_")
    func kernels(_ part: String) -> [String] { ["query", "key", "value"].map { "\(heads)/\($0)/\(part)" } }
    func norm(_ canonical: String, _ foreign: String) -> [Row] {
      [Row(canonical + ".weight", foreign + "/scale"), Row(canonical + ".bias", foreign + "/bias")]
    }
    return Convention(
      name: name, title: title,
      rows: [
        Row("patch_embed.weight", "embedding/kernel", by: .channelsLast),
        Row("patch_embed.bias", "embedding/bias"),
        Row("cls_token", "cls", by: .squeeze(2), if: .classToken),
        Row("pos_embed", positions, by: .squeeze(1)),
        Row(canonical + "attn.qkv.weight", kernels("kernel"), by: .concatHeads),
        Row(canonical + "attn.qkv.bias", kernels("bias"), by: .concatHeads, if: .qkvBias),
        Row(canonical + "attn.proj.weight", heads + "/out/kernel", by: .joinHeads),
        Row(canonical + "attn.proj.bias", heads + "/out/bias"),
        Row(canonical + "mlp.fc1.weight", dense + "0/kernel", by: .transpose),
        Row(canonical + "mlp.fc1.bias", dense + "0/bias"),
        Row(canonical + "mlp.fc2.weight", dense + "1/kernel", by: .transpose),
        Row(canonical + "mlp.fc2.bias", dense + "1/bias"),
        Row("classifier.weight", "head/kernel", by: .transpose, if: .classifier),
        Row("classifier.bias", "head/bias", if: .classifier),
      ] + norm(canonical + "norm1", block + "LayerNorm_0") + norm(canonical + "norm2", block + norm2)
        + norm("final_norm", "Transformer/encoder_norm"),
      ignored: ["head/kernel", "head/bias", "pre_logits/kernel", "pre_logits/bias"] + ignored,
      beforeClassifier: ["pre_logits/*"] + ignored, markers: [], epsilon: 1e-6,
      family: ViTDefaults(
        alwaysClassToken: false, classPosition: classPosition, positionResize: { _ in .bicubicAntialiased },
        preprocessing: { c in
          Preprocessing(
            resize: .exact(height: c.imageSize[0], width: c.imageSize[1]), crop: nil,
            interpolation: .bilinear, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
        }))
  }
}
