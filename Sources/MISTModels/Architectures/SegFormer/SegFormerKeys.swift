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

  /// `config.json` of segmentation_models_pytorch's Segformer. What follows its scores, their enlarging and an activation, is not the model's
  /// here, and neither is a second head.
  static let smpSegFormer = KnownKeys(
    read: ["classes": .whole, "decoder_segmentation_channels": .whole],
    neutral: ["activation", "aux_params", "encoder_weights", "upsampling"],
    fixed: [
      "in_channels": .number(3), "encoder_depth": .number(5),
      "encoder_name": .text(["mit_b0", "mit_b1", "mit_b2", "mit_b3", "mit_b4", "mit_b5"]),
    ])
}
