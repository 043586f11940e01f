import MISTFormats

/// Reading of the `config.json` that transformers and timm put beside a DINOv3 model's weights.
struct DINOv3Files {
  private(set) var hints = ConfigurationHints(origin: "config.json")
  /// The base of the rotations' periods.
  private(set) var theta: Float?

  /// Throws `convert.unsupported-model` when the model computes something that this suite's backbone does not, and
  /// `convert.configuration-mismatch` when the file is another model's.
  init(_ json: ForeignJSON) throws {
    if json.has("pretrained_cfg") || json.has("architecture") {
      try timm(json)
    } else {
      try huggingFace(json)
    }
  }

  private mutating func huggingFace(_ json: ForeignJSON) throws {
    if let type = json.string("model_type"), type != "dinov3_vit" {
      throw MISTError(
        .convertConfigurationMismatch, file: json.file, at: "model_type",
        "it describes a model of type \(quoted(type)), and the tensors are a DINOv3's",
        advice: "put the model's own config.json beside it")
    }
    hints.width = json.int("hidden_size")
    hints.depth = json.int("num_hidden_layers")
    hints.heads = json.int("num_attention_heads")
    hints.mlpWidth = json.int("intermediate_size")
    hints.patchSize = json.int("patch_size")
    hints.imageSize = json.size("image_size")
    hints.registerTokens = json.int("num_register_tokens")
    hints.epsilon = json.double("layer_norm_eps").map { Float($0) }
    theta = json.double("rope_theta").map { Float($0) }
    let usual = json.bool("use_gated_mlp") == true ? ["silu", "swish"] : ["gelu", "gelu_python"]
    if let activation = json.string("hidden_act"), !usual.contains(activation) {
      throw unsupported(
        json, "hidden_act",
        "its MLP uses \(quoted(activation)), and \(usual[0]) is supported in an MLP of its kind")
    }
    if let channels = json.int("num_channels"), channels != 3 {
      throw unsupported(json, "num_channels", "it takes \(channels) channels instead of 3")
    }
  }

  private mutating func timm(_ json: ForeignJSON) throws {
    let architecture =
      json.string("architecture") ?? json.object("pretrained_cfg")?.string("architecture") ?? ""
    hints.width = json.int("num_features")
    if let arguments = json.object("model_args") {
      hints.width = arguments.int("embed_dim") ?? hints.width
      hints.depth = arguments.int("depth")
      hints.heads = arguments.int("num_heads")
      hints.patchSize = arguments.int("patch_size")
      hints.imageSize = arguments.size("img_size")
      hints.registerTokens = arguments.int("num_reg_tokens")
      theta = arguments.double("rope_temperature").map { Float($0) }
      if let type = arguments.string("rope_type"), type != "dinov3" {
        throw unsupported(json, "model_args.rope_type", "it turns queries and keys as \(quoted(type)) does")
      }
    }
    // The same modules, turned otherwise, are other models.
    guard architecture.isEmpty || architecture.contains("dinov3") else {
      throw unsupported(
        json, "architecture", "\(quoted(architecture)) is no DINOv3, whose rotations are supported")
    }
    if hints.imageSize == nil, let input = json.object("pretrained_cfg")?.doubles("input_size"),
      input.count == 3, let size = [Int(exactly: input[1]), Int(exactly: input[2])] as? [Int]
    {
      hints.imageSize = size
    }
    hints.pooling = json.timmPooling
    (hints.classCount, hints.classNames) = (json.int("num_classes"), json.strings("label_names"))
    if hints.classNames?.count != hints.classCount { hints.classNames = nil }
  }

  private func unsupported(_ json: ForeignJSON, _ key: String, _ problem: String) -> MISTError {
    MISTError(.convertUnsupportedModel, file: json.file, at: key, problem)
  }
}
