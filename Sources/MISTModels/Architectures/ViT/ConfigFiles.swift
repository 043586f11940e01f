import MISTFormats

/// Reading of the `config.json` files that transformers and timm put beside their weights.
enum ConfigFiles {
  /// What a `config.json` of either project says. Throws `convert.unsupported-model` when the model computes something
  /// that this suite's backbone does not.
  static func hints(_ json: ForeignJSON) throws -> ConfigurationHints {
    json.has("pretrained_cfg") || json.has("architecture") ? try timm(json) : try huggingFace(json)
  }

  private static func huggingFace(_ json: ForeignJSON) throws -> ConfigurationHints {
    var hints = ConfigurationHints(origin: "config.json")
    hints.width = json.int("hidden_size")
    hints.depth = json.int("num_hidden_layers")
    hints.heads = json.int("num_attention_heads")
    hints.patchSize = json.int("patch_size")
    hints.imageSize = json.size("image_size")
    hints.qkvBias = json.bool("qkv_bias")
    hints.epsilon = json.double("layer_norm_eps").map { Float($0) }
    let classes = try ClassNames(huggingFace: json)
    (hints.classCount, hints.classNames) = (classes.count, classes.names)
    if let hidden = json.int("intermediate_size") {
      hints.mlpWidth = hidden
    } else if json.bool("use_swiglu_ffn") != true, let ratio = json.double("mlp_ratio"),
      let width = hints.width,
      (0...1024).contains(ratio)
    {
      hints.mlpWidth = Int(Double(width) * ratio)
    }
    if json.string("model_type") == "dinov2_with_registers" {
      hints.registerTokens = json.int("num_register_tokens") ?? 4
    }
    if let activation = json.string("hidden_act"), !["gelu", "gelu_python"].contains(activation) {
      throw MISTError(
        .convertUnsupportedModel, file: json.file, at: "hidden_act",
        "its MLP uses \(quoted(activation)), and only the error function's GELU is supported")
    }
    if let channels = json.int("num_channels"), channels != 3 {
      throw MISTError(
        .convertUnsupportedModel, file: json.file, at: "num_channels",
        "it takes \(channels) channels instead of 3")
    }
    return hints
  }

  private static func timm(_ json: ForeignJSON) throws -> ConfigurationHints {
    var hints = ConfigurationHints(origin: "config.json")
    let architecture =
      json.string("architecture") ?? json.object("pretrained_cfg")?.string("architecture") ?? ""
    hints.width = json.int("num_features")
    if let arguments = json.object("model_args") {
      hints.width = arguments.int("embed_dim") ?? hints.width
      hints.depth = arguments.int("depth")
      hints.heads = arguments.int("num_heads")
      hints.patchSize = arguments.int("patch_size")
      hints.imageSize = arguments.size("img_size")
      hints.registerTokens = arguments.int("reg_tokens")
      hints.classToken = arguments.bool("class_token")
      hints.qkvBias = arguments.bool("qkv_bias")
    }
    if hints.imageSize == nil, let input = json.object("pretrained_cfg")?.doubles("input_size"),
      input.count == 3,
      let size = [Int(exactly: input[1]), Int(exactly: input[2])] as? [Int]
    {
      hints.imageSize = size
    }
    if hints.registerTokens == nil, let range = architecture.firstRange(of: "_reg"),
      let count = Int(String(architecture[range.upperBound...].prefix { $0.isNumber }))
    {
      hints.registerTokens = count
    }
    hints.pooling = json.timmPooling
    (hints.classCount, hints.classNames) = (json.int("num_classes"), json.strings("label_names"))
    if hints.classNames?.count != hints.classCount { hints.classNames = nil }
    if architecture.contains("clip") { hints.epsilon = 1e-5 }
    if architecture.contains("quickgelu") {
      throw MISTError(
        .convertUnsupportedModel, file: json.file, at: "architecture",
        "\(quoted(architecture)) uses the quick GELU, and only the error function's GELU is supported")
    }
    return hints
  }
}
