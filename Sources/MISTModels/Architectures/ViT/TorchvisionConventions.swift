/// torchvision's `VisionTransformer`: the names that its modules have, and those of the MLP in released files, which it renames when it
/// loads them.
extension Convention {
  package static let torchvision = torchvisionTable(
    "torchvision", "torchvision VisionTransformer", mlp: ["mlp.0", "mlp.3"])

  package static let torchvisionReleased = torchvisionTable(
    "torchvision-released", "torchvision VisionTransformer, released files",
    mlp: ["mlp.linear_1", "mlp.linear_2"])

  private static func torchvisionTable(_ name: String, _ title: String, mlp: [String]) -> Convention {
    let (block, canonical) = ("encoder.layers.encoder_layer_{i}.", "blocks.{i}.")
    let attention = block + "self_attention."
    return Convention(
      name: name, title: title,
      rows: Row.module("patch_embed", "conv_proj") + [
        Row("cls_token", "class_token", by: .squeeze(2)),
        Row("pos_embed", "encoder.pos_embedding", by: .squeeze(1)),
        Row(canonical + "attn.qkv.weight", attention + "in_proj_weight"),
        Row(canonical + "attn.qkv.bias", attention + "in_proj_bias"),
      ] + Row.module(canonical + "attn.proj", attention + "out_proj")
        + Row.module(canonical + "norm1", block + "ln_1") + Row.module(canonical + "norm2", block + "ln_2")
        + Row.module(canonical + "mlp.fc1", block + mlp[0])
        + Row.module(canonical + "mlp.fc2", block + mlp[1])
        + Row.module("final_norm", "encoder.ln")
        + Row.module("classifier", "heads.head", if: .classifier),
      ignored: ["heads.head.weight", "heads.head.bias", "heads.pre_logits.weight", "heads.pre_logits.bias"],
      beforeClassifier: ["heads.pre_logits.weight"], markers: [], epsilon: 1e-6,
      family: ViTDefaults(
        positionResize: { _ in .bicubic },
        preprocessing: { c in
          let edge = c.imageSize.min() ?? 224
          return Preprocessing(
            resize: .shortestEdge(edge == 224 ? 256 : edge), crop: c.imageSize,
            interpolation: edge == 224 ? .bilinear : .bicubic, mean: Preprocessing.imageNetMean,
            std: Preprocessing.imageNetStd)
        }))
  }
}
