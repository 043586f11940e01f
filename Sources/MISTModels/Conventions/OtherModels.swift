import MISTFormats

/// Models that have a name of their own and are none of this suite's, known by names of tensors that only they have.
struct OtherModel {
  /// Globs of such names.
  let marks: [String]
  /// For people, as in "it belongs to a Swin transformer".
  let title: String
  /// What it computes otherwise, as in "which …"; empty where the title says it.
  let reason: String
  var advice: String?

  init(_ title: String, _ reason: String, _ marks: String..., advice: String? = nil) {
    (self.title, self.reason, self.marks, self.advice) = (title, reason, marks, advice)
  }

  /// In the order in which they are looked for: the more special ones first.
  static let all: [OtherModel] = [
    OtherModel(
      "a LoRA adapter", "", "*lora_A*", "*lora_B*", "*lora_down*", "*lora_up*", "*lora_magnitude_vector*",
      "*.lora.down.*", "*.lora.up.*",
      advice: "merge it first (peft's model.merge_and_unload()), and convert the merged model"),
    OtherModel(
      "an adapter", "", "*hada_w1_*", "*lokr_w*", "*ia3_l*", "*oft_r*", "*vera_lambda_*",
      "*prompt_embeddings*",
      advice: "merge it first (peft's model.merge_and_unload()), and convert the merged model"),
    OtherModel(
      "a quantised model", "", "*.qweight", "*.SCB", "*.absmax", "*.weight_scale", "*_packed_params*",
      advice: "convert the weights that it was quantised from"),
    OtherModel(
      "a BEiT", "which adds biases of relative positions to its attention",
      "*rel_pos_bias.relative_position_bias_table",
      "*attention.relative_position_bias.relative_position_bias_table",
      "blocks.*.attn.relative_position_bias_table"),
    OtherModel(
      "a Swin transformer", "which attends within windows", "*relative_position_bias_table",
      "*attn.cpb_mlp.*",
      "*.continuous_position_bias_mlp.*"),
    OtherModel(
      "a vision transformer with relative positions", "which adds biases of them to its attention",
      "*rel_pos.mlp.*",
      "*rel_pos.relative_position_bias_table"),
    OtherModel(
      "SAM's image encoder or another one of its kind",
      "which attends within windows, by relative positions", "*attn.rel_pos_h", "*attn.rel_pos_w"),
    OtherModel(
      "a CLIP",
      "whose vision transformers have a quick GELU or other names than timm's, and are not read under these names",
      "*visual.class_embedding", "*embeddings.class_embedding",
      "*visual.transformer.resblocks.*",
      "*pre_layrnorm.*", advice: "convert timm's model of the same weights, where it has a GELU"),
    OtherModel(
      "a LeViT, TinyViT or EfficientViT", "which adds biases of positions to its attention",
      "*attention_biases*"),
    OtherModel(
      "a distilled vision transformer", "which has a second token beside the class token", "*dist_token",
      "*distillation_token", "*head_dist.*"),
    OtherModel(
      "a SigLIP or another model with attention pooling", "which is not supported", "*attn_pool.*",
      "*vision_model.head.attention.*", "*head.probe", "*embeddings.patch_embedding.weight"),
    OtherModel("a YOLOS", "which has tokens for what it detects", "*detection_tokens"),
    OtherModel(
      "a CaiT", "which talks across heads and has the class token in blocks of its own",
      "*blocks_token_only.*"),
    OtherModel("an XCiT", "which attends across channels", "*cls_attn_blocks.*"),
    OtherModel(
      "an EVA", "which turns queries and keys by the places of their patches", "*rope.freqs*",
      "*rope.freqs_cos",
      "*inner_attn_ln.*", "*mlp.ffn_ln.*", "blocks.*.attn.q_proj.weight"),
    OtherModel(
      "a hybrid", "which has a convolutional network before its blocks", "*patch_embed.backbone.*",
      "*patch_embeddings.backbone.*", "*patch_embed.conv.*"),
    OtherModel(
      "a vision transformer with parallel blocks", "which computes attention and MLP side by side",
      "blocks.*.attns.*", "blocks.*.attn_out_proj.*", "blocks.*.in_norm.*"),
    OtherModel(
      "a vision transformer with differential attention", "which subtracts attentions from each other",
      "*attn.lambda_k1", "*attn.lambda_q1"),
    OtherModel(
      "a vision transformer that normalises queries and keys", "which is not supported", "*attn.q_norm.*",
      "*attn.k_norm.*", "*attention.q_norm.*"),
    OtherModel(
      "a vision transformer that normalises within attention or MLP", "which is not supported",
      "blocks.*.attn.norm.weight", "blocks.*.mlp.norm.weight"),
    OtherModel("a ConvNeXt", "which is a convolutional network", "*.conv_dw.weight", "*.pwconv1.*"),
    OtherModel(
      "a MobileViT", "which is a convolutional network with attention", "*mobilevit*", "*.conv_kxk.*"),
    OtherModel("a Hiera", "which pools tokens between its stages", "*pos_embed_win*", "*hiera.*"),
    OtherModel("a ConViT", "which gates its attention by positions", "*attn.gating_param"),
    OtherModel("a Twins", "which makes its positions by convolutions", "*pos_block.*"),
    OtherModel("a TNT", "which has transformers within patches", "*pixel_embed.*"),
    OtherModel("a CrossViT", "which has two sizes of patches", "*.fusion.*attn.wq.*"),
    OtherModel("an MLP-Mixer", "which has no attention", "*mlp_tokens.*"),
    OtherModel(
      "a PiT", "which pools tokens between its stages", "transformers.#.blocks.*", "transformers.*.blocks.*"),
    OtherModel("a neighbourhood attention transformer", "which attends to neighbours", "*.rpb"),
  ]
}
