/// Keys that a library writes for every model, whatever its architecture.
extension KnownKeys {
  /// transformers' `config.json`: what its base class has, in versions 4 and 5, and what only training and initialisation use.
  static let transformers = KnownKeys(
    read: [
      "model_type": .text, "num_channels": .whole, "hidden_act": .text, "layer_norm_eps": .number,
      "id2label": .any, "num_labels": .whole, "label2id": .any,
    ],
    neutral: generation.union([
      "architectures", "attn_implementation", "auto_map", "classifier_dropout_prob", "custom_pipelines",
      "dtype",
      "attention_dropout", "attention_probs_dropout_prob", "drop_path_rate", "encoder_stride",
      "finetuning_task",
      "gradient_checkpointing", "hidden_dropout_prob", "initializer_factor", "initializer_range",
      "license", "output_attentions", "output_hidden_states", "problem_type", "return_dict",
      "semantic_loss_ignore_index", "torch_dtype", "torchscript", "transformers.js_config",
      "transformers_version", "use_bfloat16", "use_cache",
      // What is asked of the model used as a part of another: the backbone gives every block.
      "apply_layernorm", "out_features", "out_indices", "reshape_hidden_states", "return_class_token",
      "stage_names",
    ]),
    fixed: [
      "pruned_heads": .off, "quantization_config": .off, "is_decoder": .off, "add_cross_attention": .off,
      "is_encoder_decoder": .off,
      "chunk_size_feed_forward": .off, "cross_attention_hidden_size": .off,
    ])

  /// What transformers 4 wrote into every file for the sake of models that generate text.
  private static let generation: Set<String> = [
    "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "decoder_start_token_id", "diversity_penalty",
    "do_sample", "early_stopping", "encoder_no_repeat_ngram_size", "eos_token_id",
    "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id", "length_penalty",
    "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
    "num_return_sequences", "output_scores", "pad_token_id", "padding", "prefix", "remove_invalid_values",
    "repetition_penalty", "return_dict_in_generate", "sep_token_id", "suppress_tokens",
    "task_specific_params", "temperature", "tf_legacy_loss", "tie_encoder_decoder", "tie_word_embeddings",
    "tokenizer_class", "top_k", "top_p", "typical_p",
  ]

  /// Arguments of timm's `create_model`, and those of its models that only training and initialisation use.
  static let timm = KnownKeys(
    read: [
      "img_size": .size, "patch_size": .size, "embed_dim": .whole, "depth": .whole, "num_heads": .whole,
      "mlp_ratio": .number, "qkv_bias": .flag, "global_pool": .text,
    ],
    neutral: [
      "num_classes", "drop_rate", "pos_drop_rate", "patch_drop_rate", "proj_drop_rate", "attn_drop_rate",
      "drop_path_rate", "drop_block_rate", "weight_init", "fix_init", "head_init_scale", "dynamic_img_size",
      "device", "dtype", "pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "pretrained_strict",
      "checkpoint_path", "cache_dir", "scriptable", "exportable", "no_jit", "init_values",
      // What it changes is which tensors there are.
      "fc_norm", "use_fc_norm",
    ],
    fixed: [
      "in_chans": .number(3), "features_only": .off, "use_naflex": .off, "dynamic_img_pad": .off,
      "norm_layer": .text(["layernorm", "LayerNorm"]), "qk_norm": .off,
    ])
}
