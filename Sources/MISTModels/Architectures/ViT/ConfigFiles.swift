import MISTFormats

/// Reading of the `config.json` files that transformers and timm put beside their weights.
enum ConfigFiles {
  /// What a `config.json` of either project says. Throws `convert.unsupported-model` when the model computes something
  /// that this suite's backbone does not, or says something that is not known here.
  static func hints(_ json: ForeignJSON) throws -> ConfigurationHints {
    ConfigurationHints.isTimm(json) ? try timm(json) : try huggingFace(json)
  }

  private static func huggingFace(_ json: ForeignJSON) throws -> ConfigurationHints {
    try json.checkType(Architecture.vit.modelTypes, of: "plain vision transformer")
    try KnownKeys.huggingFaceViT.check(json)
    let gated = json.bool("use_swiglu_ffn") == true
    // A gated MLP has its own activation, whatever the file says.
    if !gated {
      try json.checkActivation(
        ["gelu", "gelu_python"], only: "only the error function's GELU is supported")
    }
    var hints = try ConfigurationHints(huggingFace: json)
    hints.qkvBias = json.bool("qkv_bias")
    let classes = try ClassNames(huggingFace: json)
    (hints.classCount, hints.classNames) = (classes.count, classes.names)
    if let hidden = json.int("intermediate_size") {
      hints.mlpWidth = hidden
    } else if !gated, let ratio = json.double("mlp_ratio"), let width = hints.width,
      (0...1024).contains(ratio)
    {
      hints.mlpWidth = Int(Double(width) * ratio)
    }
    if json.has("use_swiglu_ffn") { hints.mlp = gated ? .swiglu : .gelu }
    if json.string("model_type") == "dinov2_with_registers" {
      hints.registerTokens = json.int("num_register_tokens") ?? 4
    }
    return hints
  }

  private static func timm(_ json: ForeignJSON) throws -> ConfigurationHints {
    var hints = ConfigurationHints(timm: json, registers: "reg_tokens")
    let name = try TimmName(json)
    hints.registerTokens = hints.registerTokens ?? name.registerTokens
    hints.classPosition = name.classPosition
    if !json.timmArchitecture.isEmpty {
      hints.epsilon = name.epsilon
      hints.mlp = name.isSiLU ? .swiglu : .gelu
    }
    guard let arguments = try json.timmArguments() else { return hints }
    try KnownKeys.timmViT.check(arguments, in: "model_args.")
    hints.classToken = arguments.bool("class_token")
    hints.qkvBias = arguments.bool("qkv_bias")
    hints.preNorm = arguments.bool("pre_norm")
    if arguments.has("init_values") { hints.layerScale = !arguments.isOff("init_values") }
    if arguments.has("no_embed_class") { hints.classPosition = arguments.isOff("no_embed_class") }
    if let width = hints.width, let ratio = arguments.double("mlp_ratio"), (0...1024).contains(ratio) {
      hints.mlpWidth = Int(Double(width) * ratio)
    }
    // timm's own LayerNorm, instead of what the name stands for.
    if arguments.has("norm_layer") { hints.epsilon = 1e-6 }
    if let mlp = try activation(arguments) { hints.mlp = mlp }
    return hints
  }

  /// The kind of MLP that has the activation `act_layer`: a gated one is supported with a SiLU, a plain one with a GELU.
  private static func activation(_ arguments: ForeignJSON) throws -> TransformerMLP? {
    func unsupported(_ key: String, _ only: String) -> MISTError {
      arguments.unsupported("model_args.\(key)", "it says \(arguments.text(key)), and \(only)")
    }
    let said = arguments.has("act_layer") ? arguments.string("act_layer")?.lowercased() ?? "" : nil
    let layer = arguments.has("mlp_layer") ? arguments.string("mlp_layer") ?? "" : nil
    let gated = ["silu", "swish"]
    if let said, said != "gelu", !gated.contains(said) {
      throw unsupported("act_layer", "only the error function's GELU, or a SiLU in a gated MLP, is supported")
    }
    if let layer, !["Mlp", "SwiGLU", "SwiGLUPacked"].contains(layer) {
      throw unsupported("mlp_layer", "only Mlp, SwiGLU and SwiGLUPacked are supported")
    }
    return said.map { gated.contains($0) ? .swiglu : .gelu }
  }
}
