/// timm's `Eva` as its `vit_*_patch16_dinov3` functions build it, transformers' `DINOv3ViTModel`, and Facebook's own files.
extension Convention {
  package static let timmDINOv3 = timm("timm-dinov3", "timm DINOv3", mlp: packedMLP)

  /// With a gated MLP, whose gate and value timm keeps apart.
  package static let timmDINOv3SwiGLU = timm(
    "timm-dinov3-swiglu", "timm DINOv3 with a gated MLP",
    mlp: Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.fc1_g", "blocks.{i}.mlp.fc1_x", if: .swiglu)
      + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.fc2", if: .swiglu))

  package static let huggingFaceDINOv3 = huggingFace(
    "huggingface-dinov3", "Hugging Face DINOv3ViTModel", blocks: "layer.{i}", gated: false)

  package static let huggingFaceDINOv3Gated = huggingFace(
    "huggingface-dinov3-gated", "Hugging Face DINOv3ViTModel with a gated MLP", blocks: "layer.{i}",
    gated: true)

  /// The names that transformers 5 gives the same modules in memory.
  package static let huggingFaceDINOv3Modules = [false, true].map { gated in
    huggingFace(
      "huggingface-dinov3\(gated ? "-gated" : "")-5",
      "Hugging Face DINOv3ViTModel\(gated ? " with a gated MLP" : "") (transformers 5 modules)",
      blocks: "model.layer.{i}", gated: gated)
  }

  /// One bias for queries, keys and values, of which a mask takes the keys' out; the periods of the rotations, rounded to bf16.
  package static let hubDINOv3 = Convention(
    name: "dinov3", title: "Facebook's DINOv3 (torch.hub)",
    rows: [
      Row("register_tokens", "storage_tokens", by: .squeeze(1)),
      Row("rope.periods", "rope_embed.periods", if: .periods),
      Row("blocks.{i}.attn.q.bias", "blocks.{i}.attn.qkv.bias", by: .rows(0..<1, of: 3), if: .qkvBias),
      Row("blocks.{i}.attn.v.bias", "blocks.{i}.attn.qkv.bias", by: .rows(2..<3, of: 3), if: .qkvBias),
      Row("blocks.{i}.ls1", "blocks.{i}.ls1.gamma"), Row("blocks.{i}.ls2", "blocks.{i}.ls2.gamma"),
    ] + common
      + Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.fc1", if: .gelu)
      + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.fc2", if: .gelu)
      + Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.w1", "blocks.{i}.mlp.w2", if: .swiglu)
      + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.w3", if: .swiglu),
    ignored: ["mask_token", "blocks.*.attn.qkv.bias_mask", "local_cls_norm.weight", "local_cls_norm.bias"]
      + TrainingName.distillationHeads,
    markers: ["storage_tokens"], epsilon: 1e-5,
    family: DINOv3Defaults(imageSize: 256) { size in
      Preprocessing(
        resize: .exact(height: size[0], width: size[1]), crop: nil, interpolation: .bilinear,
        mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
    })

  private static let packedMLP =
    Row.module("blocks.{i}.mlp.fc1", "blocks.{i}.mlp.fc1")
    + Row.module("blocks.{i}.mlp.fc2", "blocks.{i}.mlp.fc2")

  private static func timm(_ name: String, _ title: String, mlp: [Row]) -> Convention {
    Convention(
      name: name, title: title,
      rows: [
        Row("register_tokens", "reg_token", by: .squeeze(1)),
        // timm has no such parameter, and passes it over.
        Row("rope.periods", "rope.periods", if: .periods),
        Row("blocks.{i}.attn.q.bias", "blocks.{i}.attn.q_bias", if: .qkvBias),
        Row("blocks.{i}.attn.v.bias", "blocks.{i}.attn.v_bias", if: .qkvBias),
        Row("blocks.{i}.ls1", "blocks.{i}.gamma_1"), Row("blocks.{i}.ls2", "blocks.{i}.gamma_2"),
      ] + common + mlp + Row.module("classifier", "head", if: .classifier),
      ignored: ["head.weight", "head.bias"], markers: ["blocks.{i}.gamma_1"], epsilon: 1e-5,
      family: DINOv3Defaults(imageSize: 256) { size in
        Preprocessing(
          resize: .shortestEdge(size.min() ?? 256), crop: size, interpolation: .bicubic,
          mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
      })
  }

  private static let common =
    Row.module("patch_embed", "patch_embed.proj") + [
      Row("cls_token", "cls_token", by: .squeeze(2)),
      Row("blocks.{i}.attn.qkv.weight", "blocks.{i}.attn.qkv.weight"),
    ] + Row.module("blocks.{i}.norm1", "blocks.{i}.norm1")
    + Row.module("blocks.{i}.norm2", "blocks.{i}.norm2")
    + Row.module("blocks.{i}.attn.proj", "blocks.{i}.attn.proj") + Row.module("final_norm", "norm")

  private static func huggingFace(_ name: String, _ title: String, blocks: String, gated: Bool) -> Convention
  {
    let attention = "\(blocks).attention."
    return Convention(
      name: name, title: title,
      rows: [
        Row("cls_token", "embeddings.cls_token", by: .squeeze(2)),
        Row("register_tokens", "embeddings.register_tokens", by: .squeeze(1)),
        // transformers has no such parameter, and passes it over.
        Row("rope.periods", "rope_embeddings.periods", if: .periods),
        Row("blocks.{i}.attn.qkv", ["q", "k", "v"].map { "\(attention)\($0)_proj" }, suffix: "weight"),
        Row("blocks.{i}.attn.q.bias", "\(attention)q_proj.bias", if: .qkvBias),
        Row("blocks.{i}.attn.v.bias", "\(attention)v_proj.bias", if: .qkvBias),
        Row("blocks.{i}.ls1", "\(blocks).layer_scale1.lambda1"),
        Row("blocks.{i}.ls2", "\(blocks).layer_scale2.lambda1"),
      ] + Row.module("patch_embed", "embeddings.patch_embeddings")
        + Row.module("blocks.{i}.norm1", "\(blocks).norm1")
        + Row.module("blocks.{i}.norm2", "\(blocks).norm2")
        + Row.module("blocks.{i}.attn.proj", "\(attention)o_proj")
        + Row.module(
          "blocks.{i}.mlp.fc1",
          (gated ? ["gate_proj", "up_proj"] : ["up_proj"]).map { "\(blocks).mlp.\($0)" },
          if: gated ? .swiglu : .gelu)
        + Row.module("blocks.{i}.mlp.fc2", "\(blocks).mlp.down_proj") + Row.module("final_norm", "norm"),
      ignored: ["embeddings.mask_token"], markers: [], epsilon: 1e-5,
      family: DINOv3Defaults(imageSize: 224) { size in
        Preprocessing(
          resize: .exact(height: size[0], width: size[1]), crop: nil, interpolation: .bilinear,
          mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
      }, orientation: .apply)
  }
}
