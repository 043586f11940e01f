import MISTFormats

/// Reading of the `config.json` files that transformers and timm put beside their weights.
enum ConfigFiles {
  /// What a `config.json` of either project says. Throws `convert.unsupported-model` when the model computes something
  /// that this suite's backbone does not.
  static func hints(_ json: ForeignJSON) throws -> ConfigurationHints {
    ConfigurationHints.isTimm(json) ? try timm(json) : try huggingFace(json)
  }

  private static func huggingFace(_ json: ForeignJSON) throws -> ConfigurationHints {
    try json.checkActivation(
      ["gelu", "gelu_python"], only: "only the error function's GELU is supported")
    var hints = try ConfigurationHints(huggingFace: json)
    hints.qkvBias = json.bool("qkv_bias")
    let classes = try ClassNames(huggingFace: json)
    (hints.classCount, hints.classNames) = (classes.count, classes.names)
    if let hidden = json.int("intermediate_size") {
      hints.mlpWidth = hidden
    } else if json.bool("use_swiglu_ffn") != true, let ratio = json.double("mlp_ratio"),
      let width = hints.width, (0...1024).contains(ratio)
    {
      hints.mlpWidth = Int(Double(width) * ratio)
    }
    if json.string("model_type") == "dinov2_with_registers" {
      hints.registerTokens = json.int("num_register_tokens") ?? 4
    }
    return hints
  }

  private static func timm(_ json: ForeignJSON) throws -> ConfigurationHints {
    var hints = ConfigurationHints(timm: json, registers: "reg_tokens")
    let architecture = json.timmArchitecture
    if let arguments = json.object("model_args") {
      hints.classToken = arguments.bool("class_token")
      hints.qkvBias = arguments.bool("qkv_bias")
    }
    if hints.registerTokens == nil, let range = architecture.firstRange(of: "_reg"),
      let count = Int(String(architecture[range.upperBound...].prefix { $0.isNumber }))
    {
      hints.registerTokens = count
    }
    if architecture.contains("clip") { hints.epsilon = 1e-5 }
    if architecture.contains("quickgelu") {
      throw json.unsupported(
        "architecture",
        "\(quoted(architecture)) uses the quick GELU, and only the error function's GELU is supported")
    }
    return hints
  }
}
