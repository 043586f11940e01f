/// Keys of a SegFormer's configuration.
extension KnownKeys {
  /// `config.json` of transformers' SegFormer.
  static let huggingFaceSegFormer =
    transformers
    + KnownKeys(
      read: [
        "hidden_sizes", "depths", "num_attention_heads", "sr_ratios", "patch_sizes", "strides", "mlp_ratios",
        "num_encoder_blocks", "decoder_hidden_size", "reshape_last_stage",
      ],
      // Released files have two that no version reads.
      neutral: ["image_size", "downsampling_rates"])
}
