import MISTFormats

/// Reading of the `config.json` that transformers and segmentation_models_pytorch put beside a SegFormer's weights.
enum SegFormerFiles {
  /// Throws `convert.configuration-mismatch` when the file is another model's, `convert.unsupported-model` when the model
  /// computes something that this suite's backbone does not, `convert.bad-configuration-file` for lists that are none.
  static func hints(_ json: ForeignJSON) throws -> SegFormerHints {
    if let type = json.string("model_type"), type != "segformer" {
      throw MISTError(
        .convertConfigurationMismatch, file: json.file, at: "model_type",
        "it describes a model of type \(quoted(type)), and the tensors are a SegFormer's",
        advice: "put the model's own config.json beside it")
    }
    if json.has("encoder_name") { return try segmentationModels(json) }
    try KnownKeys.huggingFaceSegFormer.check(json)
    try refuse(json)
    var hints = SegFormerHints(origin: "config.json")
    hints.widths = try list(json, "hidden_sizes")
    hints.depths = try list(json, "depths")
    hints.heads = try list(json, "num_attention_heads")
    hints.reductions = try list(json, "sr_ratios")
    hints.patchSizes = try list(json, "patch_sizes")
    hints.strides = try list(json, "strides")
    hints.decoderWidth = json.int("decoder_hidden_size")
    if json.has("mlp_ratios"), let widths = hints.widths {
      guard let ratios = json.doubles("mlp_ratios"), ratios.count == widths.count,
        ratios.allSatisfy({ (0...1024).contains($0) })
      else { throw notAList(json, "mlp_ratios") }
      hints.mlpWidths = zip(widths, ratios).map { Int(Double($0) * $1) }
    }
    if let stages = json.int("num_encoder_blocks"), let widths = hints.widths, widths.count != stages {
      throw MISTError(
        .convertConfigurationMismatch, file: json.file, at: "num_encoder_blocks",
        "it says \(stages) stages, and hidden_sizes has \(widths.count)")
    }
    if let epsilon = json.double("layer_norm_eps"), Float(epsilon) != 1e-5 { hints.unusedEpsilon = epsilon }
    let classes = try ClassNames(huggingFace: json)
    (hints.classCount, hints.classNames) = (classes.count, classes.names)
    return hints
  }

  /// What segmentation_models_pytorch puts beside its weights.
  private static func segmentationModels(_ json: ForeignJSON) throws -> SegFormerHints {
    try KnownKeys.smpSegFormer.check(json)
    var hints = SegFormerHints(origin: "config.json")
    hints.decoderWidth = json.int("decoder_segmentation_channels")
    hints.classCount = json.int("classes")
    return hints
  }

  private static func refuse(_ json: ForeignJSON) throws {
    func unsupported(_ key: String, _ problem: String) -> MISTError {
      MISTError(.convertUnsupportedModel, file: json.file, at: key, problem)
    }
    if json.bool("reshape_last_stage") == false {
      throw unsupported("reshape_last_stage", "the last stage's output stays a sequence, and a map is needed")
    }
    if let activation = json.string("hidden_act"), !["gelu", "gelu_python"].contains(activation) {
      throw unsupported(
        "hidden_act",
        "its MLP uses \(quoted(activation)), and only the error function's GELU is supported")
    }
    if let channels = json.int("num_channels"), channels != 3 {
      throw unsupported("num_channels", "it takes \(channels) channels instead of 3")
    }
  }

  private static func list(_ json: ForeignJSON, _ key: String) throws -> [Int]? {
    guard json.has(key) else { return nil }
    guard let list = json.ints(key), (1...8).contains(list.count) else { throw notAList(json, key) }
    return list
  }

  private static func notAList(_ json: ForeignJSON, _ key: String) -> MISTError {
    MISTError(
      .convertBadConfigurationFile, file: json.file, at: key, "it is not a list of one number per stage")
  }
}
