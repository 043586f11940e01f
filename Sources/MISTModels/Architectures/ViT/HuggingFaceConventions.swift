/// Hugging Face transformers: the names that released files have, and those that transformers 5 gives the same modules
/// in memory, which ONNX exports and hand-saved state dictionaries carry.
extension Convention {
  package static let huggingFaceViT = vit(
    "huggingface-vit", "Hugging Face ViTModel and IJepaModel", blocks: "encoder.layer.{i}",
    attention: releasedAttention, output: "attention.output.dense", fc1: "intermediate.dense",
    fc2: "output.dense")

  package static let huggingFaceViTModules = vit(
    "huggingface-vit-5", "Hugging Face ViTModel and IJepaModel (transformers 5 modules)",
    blocks: "layers.{i}",
    attention: moduleAttention, output: "attention.o_proj", fc1: "mlp.fc1", fc2: "mlp.fc2")

  package static let huggingFaceDINOv2 = dinov2(
    "huggingface-dinov2", "Hugging Face Dinov2Model and Dinov2WithRegistersModel",
    attention: releasedAttention,
    output: "attention.output.dense", swiglu: (["mlp.weights_in"], "mlp.weights_out"))

  package static let huggingFaceDINOv2Modules = dinov2(
    "huggingface-dinov2-5", "Hugging Face Dinov2Model and Dinov2WithRegistersModel (transformers 5 modules)",
    attention: moduleAttention, output: "attention.o_proj",
    swiglu: (["mlp.gate_proj", "mlp.up_proj"], "mlp.down_proj"))

  private static let releasedAttention = ["query", "key", "value"].map { "attention.attention." + $0 }
  private static let moduleAttention = ["q_proj", "k_proj", "v_proj"].map { "attention." + $0 }

  private static func vit(
    _ name: String, _ title: String, blocks: String, attention: [String], output: String, fc1: String,
    fc2: String
  ) -> Convention {
    Convention(
      name: name, title: title,
      rows: embeddings(classToken: .classToken) + block(blocks, attention: attention, output: output)
        + Row.module("blocks.{i}.norm1", "\(blocks).layernorm_before")
        + Row.module("blocks.{i}.norm2", "\(blocks).layernorm_after")
        + Row.module("blocks.{i}.mlp.fc1", "\(blocks).\(fc1)")
        + Row.module("blocks.{i}.mlp.fc2", "\(blocks).\(fc2)") + classifier,
      ignored: [
        "pooler.dense.weight", "pooler.dense.bias", "classifier.weight", "classifier.bias",
        "embeddings.mask_token",
        "decoder.*",
      ], markers: [], epsilon: 1e-12,
      family: ViTDefaults(
        classPosition: true, positionResize: { _ in .bicubic },
        preprocessing: { c in
          Preprocessing(
            resize: .exact(height: c.imageSize[0], width: c.imageSize[1]), crop: nil,
            interpolation: .bilinear, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
        }), orientation: .apply)
  }

  private static func dinov2(
    _ name: String, _ title: String, attention: [String], output: String,
    swiglu: (input: [String], output: String)
  ) -> Convention {
    let blocks = "encoder.layer.{i}"
    return Convention(
      name: name, title: title,
      rows: embeddings(classToken: .always) + [
        Row("register_tokens", "embeddings.register_tokens", by: .squeeze(1), if: .registers),
        Row("blocks.{i}.ls1", "\(blocks).layer_scale1.lambda1"),
        Row("blocks.{i}.ls2", "\(blocks).layer_scale2.lambda1"),
      ] + block(blocks, attention: attention, output: output)
        + Row.module("blocks.{i}.norm1", "\(blocks).norm1")
        + Row.module("blocks.{i}.norm2", "\(blocks).norm2")
        + Row.module("blocks.{i}.mlp.fc1", "\(blocks).mlp.fc1", if: .gelu)
        + Row.module("blocks.{i}.mlp.fc2", "\(blocks).mlp.fc2", if: .gelu)
        + ["weight", "bias"].flatMap { part in
          [
            Row("blocks.{i}.mlp.fc1", swiglu.input.map { "\(blocks).\($0)" }, suffix: part, if: .swiglu),
            Row("blocks.{i}.mlp.fc2", ["\(blocks).\(swiglu.output)"], suffix: part, if: .swiglu),
          ]
        } + classifier,
      ignored: ["embeddings.mask_token", "classifier.weight", "classifier.bias", "decoder.*"], markers: [],
      epsilon: 1e-6,
      family: ViTDefaults(
        classPosition: true, positionResize: dinov2Defaults.positionResize,
        preprocessing: dinov2Defaults.preprocessing,
        classifierInput: .classTokenAndMean), orientation: .apply)
  }

  private static let classifier = Row.module("classifier", "classifier", if: .classifier).map(\.beside)

  private static func embeddings(classToken: Presence) -> [Row] {
    [
      Row("cls_token", "embeddings.cls_token", by: .squeeze(2), if: classToken),
      Row("pos_embed", "embeddings.position_embeddings", by: .squeeze(1)),
    ] + Row.module("patch_embed", "embeddings.patch_embeddings.projection")
      + Row.module("final_norm", "layernorm")
  }

  private static func block(_ blocks: String, attention: [String], output: String) -> [Row] {
    [
      Row("blocks.{i}.attn.qkv", attention.map { "\(blocks).\($0)" }, suffix: "weight"),
      Row("blocks.{i}.attn.qkv", attention.map { "\(blocks).\($0)" }, suffix: "bias", if: .qkvBias),
    ] + Row.module("blocks.{i}.attn.proj", "\(blocks).\(output)")
  }
}
