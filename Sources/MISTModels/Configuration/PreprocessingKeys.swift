import MISTFormats

/// Keys of files that say how images become a model's input.
extension KnownKeys {
  /// `preprocessor_config.json` of transformers' image processors.
  static let imageProcessor = KnownKeys(
    read: [
      "do_resize": .flag, "do_rescale": .flag, "rescale_factor": .number, "size": .any, "resample": .whole,
      "do_center_crop": .flag, "crop_size": .any, "do_normalize": .flag, "do_flip_channel_order": .flag,
      "image_mean": .numbers, "image_std": .numbers, "default_to_square": .flag,
      "image_processor_type": .text, "feature_extractor_type": .text,
    ],
    neutral: [
      // Images are always read as RGB; labels are for the task.
      "do_convert_rgb", "do_reduce_labels", "reduce_labels", "processor_class", "auto_map", "device",
      "return_tensors", "data_format", "input_data_format", "disable_grouping", "return_segmentation_masks",
      "format", "do_convert_annotations", "valid_processor_keys",
      // They only act where something that is refused asks for them.
      "size_divisor", "pad_size",
    ],
    fixed: [
      "do_pad": .off, "do_thumbnail": .off, "do_align_long_axis": .off,
      "do_random_crop": .off, "do_color_quantize": .off, "do_augment": .off, "keep_aspect_ratio": .off,
      "ensure_multiple_of": .number(1), "offset": .off, "do_trim": .off, "crop_pct": .off,
      "do_grayscale": .off,
    ])

  /// timm's `pretrained_cfg`.
  static let timmPretrained = KnownKeys(
    read: [
      "input_size": .numbers, "crop_pct": .number, "crop_mode": .text, "interpolation": .text,
      "mean": .numbers, "std": .numbers,
    ],
    neutral: [
      "url", "file", "state_dict", "hf_hub_id", "hf_hub_filename", "source", "architecture", "tag",
      "custom_load",
      "test_input_size", "min_input_size", "max_input_size", "fixed_input_size", "test_crop_pct",
      "num_classes",
      "label_offset", "label_names", "label_descriptions", "pool_size", "test_pool_size", "first_conv",
      "classifier",
      "license", "description", "origin_url", "paper_name", "paper_ids", "notes",
      // Of files that have all in one object.
      "num_features", "global_pool", "labels", "model_args",
    ])
}
