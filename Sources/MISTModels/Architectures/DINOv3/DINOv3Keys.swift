/// Keys of a DINOv3 vision transformer's configuration.
extension KnownKeys {
  /// `config.json` of transformers' `DINOv3ViTModel`.
  static let huggingFaceDINOv3 =
    transformers
    + KnownKeys(
      read: [
        "hidden_size": .whole, "num_hidden_layers": .whole, "num_attention_heads": .whole,
        "intermediate_size": .whole, "image_size": .size, "patch_size": .size, "num_register_tokens": .whole,
        "use_gated_mlp": .flag, "rope_theta": .number,
      ],
      neutral: [
        // Their tensors show them.
        "query_bias", "value_bias", "layerscale_value",
        // They move places at random in training.
        "pos_embed_shift", "pos_embed_jitter", "pos_embed_rescale",
      ],
      fixed: ["key_bias": .off, "proj_bias": .on, "mlp_bias": .on])

  /// `model_args` of timm's `Eva` where it is a DINOv3.
  static let timmDINOv3 =
    timm
    + KnownKeys(
      read: ["num_reg_tokens": .whole, "rope_type": .text, "rope_temperature": .number],
      neutral: [
        "qkv_fused", "swiglu_mlp", "swiglu_align_to", "no_embed_class", "rope_shift_coords",
        "rope_jitter_coords", "rope_rescale_coords", "attn_pool_num_heads", "attn_pool_mlp_ratio",
      ],
      fixed: [
        "class_token": .on, "use_abs_pos_emb": .off, "use_rot_pos_emb": .on, "rope_rotate_half": .on,
        "rope_grid_offset": .off, "rope_grid_indexing": .text(["ij"]), "rope_mrope_section": .off,
        "num_kv_heads": .off, "scale_mlp": .off, "scale_attn_inner": .off, "attn_type": .text(["eva"]),
        "attn_only_layer_scale": .off, "use_post_norm": .off, "use_pre_transformer_norm": .off,
        "use_post_transformer_norm": .on, "ref_feat_shape": .off, "norm_layer": .off,
      ])
}
