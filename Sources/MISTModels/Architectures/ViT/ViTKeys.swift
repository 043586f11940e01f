/// Keys of a plain vision transformer's configuration.
extension KnownKeys {
  /// `config.json` of transformers' `ViTModel`, `Dinov2Model` and the models that are built of the same blocks.
  static let huggingFaceViT =
    transformers
    + KnownKeys(
      read: [
        "hidden_size": .whole, "num_hidden_layers": .whole, "num_attention_heads": .whole,
        "intermediate_size": .whole, "image_size": .size, "patch_size": .size, "qkv_bias": .flag,
        "mlp_ratio": .number, "use_swiglu_ffn": .flag, "num_register_tokens": .whole,
      ],
      neutral: [
        // Behind the backbone.
        "pooler_act", "pooler_output_size", "decoder_hidden_size", "decoder_intermediate_size",
        "decoder_num_attention_heads", "decoder_num_hidden_layers", "mask_ratio", "norm_pix_loss",
        // Of what it is made before training, and of the token that stands for what is masked.
        "layerscale_value", "use_mask_token",
      ],
      // How positions are resized, as every version does it.
      fixed: ["interpolate_offset": .off, "interpolate_antialias": .on])

  /// `model_args` of timm's `VisionTransformer`.
  static let timmViT =
    timm
    + KnownKeys(
      read: [
        "class_token": .flag, "reg_tokens": .whole, "pre_norm": .flag, "act_layer": .text, "mlp_layer": .text,
        "init_values": .number, "no_embed_class": .flag,
      ],
      fixed: [
        "scale_attn_norm": .off, "scale_mlp_norm": .off, "proj_bias": .on, "pos_embed": .text(["learn"]),
        "final_norm": .on, "pool_include_prefix": .off, "embed_layer": .text(["PatchEmbed"]),
        "embed_norm_layer": .off, "block_fn": .text(["Block"]),
        "attn_layer": .text(["Attention", "attn", ""]),
        "distilled": .off,
      ])
}
