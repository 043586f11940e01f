import MISTFormats

/// Reading of the `config.json` that transformers and timm put beside a DINOv3 model's weights.
struct DINOv3Files {
  let hints: ConfigurationHints
  /// The base of the rotations' periods.
  let theta: Float?

  /// Throws `convert.unsupported-model` when the model computes something that this suite's backbone does not, and
  /// `convert.configuration-mismatch` when the file is another model's.
  init(_ json: ForeignJSON) throws {
    (hints, theta) = try ConfigurationHints.isTimm(json) ? Self.timm(json) : Self.huggingFace(json)
  }

  private static func huggingFace(_ json: ForeignJSON) throws -> (ConfigurationHints, Float?) {
    if let type = json.string("model_type"), type != "dinov3_vit" {
      throw MISTError(
        .convertConfigurationMismatch, file: json.file, at: "model_type",
        "it describes a model of type \(quoted(type)), and the tensors are a DINOv3's",
        advice: "put the model's own config.json beside it")
    }
    try KnownKeys.huggingFaceDINOv3.check(json)
    let usual = json.bool("use_gated_mlp") == true ? ["silu", "swish"] : ["gelu", "gelu_python"]
    try json.checkActivation(usual, only: "\(usual[0]) is supported in an MLP of its kind")
    var hints = try ConfigurationHints(huggingFace: json)
    hints.mlpWidth = json.int("intermediate_size")
    hints.registerTokens = json.int("num_register_tokens")
    return (hints, json.double("rope_theta").map { Float($0) })
  }

  private static func timm(_ json: ForeignJSON) throws -> (ConfigurationHints, Float?) {
    let hints = ConfigurationHints(timm: json, registers: "num_reg_tokens")
    let arguments = try json.timmArguments()
    if let type = arguments?.string("rope_type"), type != "dinov3" {
      throw json.unsupported(
        "model_args.rope_type", "it turns queries and keys as \(quoted(type)) does")
    }
    if let arguments { try KnownKeys.timmDINOv3.check(arguments, in: "model_args.") }
    // The same modules, turned otherwise, are other models.
    let architecture = json.timmArchitecture
    guard architecture.isEmpty || isDINOv3(architecture) else {
      throw json.unsupported(
        "architecture", "\(quoted(architecture)) is no DINOv3, whose rotations are supported")
    }
    return (hints, arguments?.double("rope_temperature").map { Float($0) })
  }

  /// Whether a name is `vit_SIZE_patch16_dinov3`, with the words that timm puts after it.
  private static func isDINOv3(_ architecture: String) -> Bool {
    let words = architecture.prefix { $0 != "." }.split(separator: "_")
    guard words.first == "vit", let place = words.firstIndex(of: "dinov3") else { return false }
    return words[(place + 1)...].allSatisfy { ["qkvb", "plus"].contains($0) }
  }
}
