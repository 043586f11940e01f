/// Keys of a SegFormer's configuration.
extension KnownKeys {
  /// `config.json` of transformers' SegFormer.
  static let huggingFaceSegFormer =
    transformers
    + KnownKeys(
      read: [
        "hidden_sizes": .any, "depths": .any, "num_attention_heads": .any, "sr_ratios": .any,
        "patch_sizes": .any, "strides": .any, "mlp_ratios": .any, "num_encoder_blocks": .whole,
        "decoder_hidden_size": .whole, "reshape_last_stage": .flag,
      ],
      // Released files have two that no version reads.
      neutral: ["image_size", "downsampling_rates"])
}
