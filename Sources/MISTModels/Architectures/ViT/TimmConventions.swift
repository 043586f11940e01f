/// timm's `VisionTransformer`, and Facebook's DINOv2 repository, which follows it.
extension Convention {
  package static let timm = timmTable("timm", "timm VisionTransformer", mlp: timmMLP)

  /// timm's `SwiGLU` layer keeps gate and value apart.
  package static let timmSwiGLU = timmTable(
    "timm-swiglu", "timm VisionTransformer with separate SwiGLU projections",
    mlp: separateSwiGLU)

  /// With average pooling timm names the last norm `fc_norm` and applies it after pooling; the tokens themselves are
  /// then not normalised.
  /// Its classifier therefore reads something that this backbone does not give, and is left out.
  package static let timmAveragePool = timmTable(
    "timm-avgpool", "timm VisionTransformer with average pooling", mlp: timmMLP, norm: "fc_norm",
    alwaysClassToken: false, head: [])

  package static let hubDINOv2 = Convention(
    name: "dinov2", title: "Facebook's DINOv2 (torch.hub)",
    rows: [
      Row("register_tokens", "register_tokens", by: .squeeze(1), if: .registers)
    ] + timmCommon(classToken: .always)
      + Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.fc1", if: .gelu)
      + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.fc2", if: .gelu)
      + Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.w12", if: .swiglu)
      + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.w3", if: .swiglu),
    ignored: ["mask_token"] + TrainingName.distillationHeads,
    markers: ["mask_token", "register_tokens", "blocks.{i}.mlp.w12.weight"],
    epsilon: 1e-6, family: dinov2Defaults)

  static let timmMLP =
    Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.fc1")
    + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.fc2")

  private static let separateSwiGLU =
    Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.fc1_g", "blocks.{i}.mlp.fc1_x", if: .swiglu)
    + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.fc2", if: .swiglu)

  private static func timmTable(
    _ name: String, _ title: String, mlp: [Row], norm: String = "norm", alwaysClassToken: Bool = true,
    head: [Row] = Row.module("classifier", "head", if: .classifier)
  ) -> Convention {
    Convention(
      name: name, title: title,
      rows: [Row("register_tokens", "reg_token", by: .squeeze(1), if: .registers)]
        + Row.module("pre_norm", "norm_pre", if: .preNorm) + timmCommon(norm: norm, classToken: .classToken)
        + mlp + head,
      ignored: [
        "head.weight", "head.bias", "head_dist.weight", "head_dist.bias", "pre_logits.fc.weight",
        "pre_logits.fc.bias", "masked_embed",
      ] + projectionHeads, beforeClassifier: ["head_dist.weight", "pre_logits.fc.weight"],
      markers: [],
      epsilon: 1e-6,
      family: ViTDefaults(
        alwaysClassToken: alwaysClassToken, positionResize: { _ in .bicubicAntialiased },
        preprocessing: { c in
          if c.layerScale, c.patchSize == 14 { return dinov2Pixels(c) }
          let edge = Int((Double(c.imageSize.min() ?? 224) / 0.9).rounded(.down))
          return Preprocessing(
            resize: .shortestEdge(edge), crop: c.imageSize, interpolation: .bicubic,
            mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
        }))
  }

  /// What repositories that follow timm's have in common. `scales` are the layer scales' names in their block.
  static func timmCommon(
    norm: String = "norm", classToken: Presence, scales: [String] = ["ls1.gamma", "ls2.gamma"]
  ) -> [Row] {
    [
      Row("patch_embed.weight", "patch_embed.proj.weight"),
      Row("patch_embed.bias", "patch_embed.proj.bias", if: .noPreNorm),
      // A norm follows at once and its bias does the same work, so timm leaves the convolution's out.
      Row("patch_embed.bias", by: .zeros, if: .preNorm),
      Row("cls_token", "cls_token", by: .squeeze(2), if: classToken),
      Row("pos_embed", "pos_embed", by: .squeeze(1)),
      Row("blocks.{i}.attn.qkv.weight", "blocks.{i}.attn.qkv.weight"),
      Row("blocks.{i}.attn.qkv.bias", "blocks.{i}.attn.qkv.bias", if: .qkvBias),
      Row("blocks.{i}.ls1", "blocks.{i}.\(scales[0])", if: .layerScale),
      Row("blocks.{i}.ls2", "blocks.{i}.\(scales[1])", if: .layerScale),
    ] + Row.module("blocks.{i}.norm1", "blocks.{i}.norm1")
      + Row.module("blocks.{i}.norm2", "blocks.{i}.norm2")
      + Row.module("blocks.{i}.attn.proj", "blocks.{i}.attn.proj") + Row.module("final_norm", norm)
  }

  static let dinov2Defaults = ViTDefaults(
    classPosition: true, positionResize: { $0.registerTokens > 0 ? .bicubicAntialiased : .bicubic },
    preprocessing: dinov2Pixels)

  /// DINOv2's evaluation transform, whatever size its position embedding was trained for.
  static let dinov2Pixels: @Sendable (ViTConfiguration) -> Preprocessing = { _ in
    Preprocessing(
      resize: .shortestEdge(256), crop: [224, 224], interpolation: .bicubic, mean: Preprocessing.imageNetMean,
      std: Preprocessing.imageNetStd)
  }

  static var timmDefaults: ViTDefaults { timm.family as? ViTDefaults ?? dinov2Defaults }
}
