import MISTFormats

/// A ViT for transformers: `ViTModel`, or `Dinov2Model` and `Dinov2WithRegistersModel` where the model has layer scales; with a
/// classifier `ViTForImageClassification`, `Dinov2ForImageClassification` and so on.
extension DestinationForm {
  static func huggingFace(_ c: ViTConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    let problem: String? =
      if !c.classToken { "it has no class token, and transformers' models have one" } else if !c.classPosition
      {
        "its class token has no position, and in transformers' models it has one"
      } else if c.preNorm {
        "it has a norm before the first block, which transformers' ViT and DINOv2 have not"
      } else { nil }
    if let problem { throw Destination.hf.unsupported(problem, plan) }
    var form = c.layerScale ? try dinov2(c, plan) : try plain(c, plan)
    let epsilons = [c.epsilon.block, c.epsilon.final]
    if Set(epsilons).count > 1 {
      form.warnings.append(
        "transformers has one epsilon for all norms: \(c.epsilon.block) is written, and the last norm has "
          + "\(c.epsilon.final)")
    }
    form.files.append(
      .init(
        name: "preprocessor_config.json",
        text: PreprocessorFile.huggingFace(plan.preprocessing, processor: "ViTImageProcessor")))
    return form
  }

  private static func plain(_ c: ViTConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    guard c.registerTokens == 0 else {
      throw Destination.hf.unsupported(
        "it has register tokens and no layer scales, and transformers' models have both or neither", plan)
    }
    guard c.mlp == .gelu else {
      throw Destination.hf.unsupported("its MLP is a gated SiLU, and transformers' ViT has a GELU", plan)
    }
    var form = DestinationForm(convention: .huggingFaceViT)
    if c.classifier == nil {
      form.fillers = [
        .init(name: "pooler.dense.weight", shape: [c.width, c.width]),
        .init(name: "pooler.dense.bias", shape: [c.width]),
      ]
    }
    let members: [(String, JSONText)] = [
      ("intermediate_size", .int(c.mlpWidth)), ("encoder_stride", .int(c.patchSize)),
    ]
    try form.finish("ViT", type: "vit", c, reads: .classToken, members, plan)
    return form
  }

  private static func dinov2(_ c: ViTConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    guard let ratio = dinov2Ratio(c) else {
      throw Destination.hf.unsupported(
        "its MLP of \(c.mlpWidth) channels is no whole multiple of the width of \(c.width), as transformers' DINOv2 "
          + "needs it", plan)
    }
    let registers = c.registerTokens > 0
    var form = DestinationForm(convention: .huggingFaceDINOv2)
    var members: [(String, JSONText)] = [
      ("mlp_ratio", .int(ratio)), ("use_swiglu_ffn", .flag(c.mlp == .swiglu)),
    ]
    if registers { members.append(("num_register_tokens", .int(c.registerTokens))) }
    try form.finish(
      registers ? "Dinov2WithRegisters" : "Dinov2", type: registers ? "dinov2_with_registers" : "dinov2", c,
      reads: .classTokenAndMean, members, plan)
    form.fillers = [.init(name: form.prefix + "embeddings.mask_token", shape: [1, c.width])]
    return form
  }

  /// Chooses the class that is the backbone alone or has a classifier, which in this family reads `input`.
  private mutating func finish(
    _ family: String, type: String, _ c: ViTConfiguration, reads input: ImageClassifier.Input,
    _ own: [(String, JSONText)], _ plan: ConversionPlan
  ) throws {
    var members = own
    if let classifier = c.classifier {
      guard classifier.input == input else {
        throw Destination.hf.unsupportedClassifier(
          "its classifier reads \(Self.describe(classifier.input)), and that of transformers' \(family)ForImageClassification "
            + Self.describe(input), plan)
      }
      prefix = type + "."
      members += Self.labels(plan.classNames, count: classifier.classes)
    }
    let model = family + (c.classifier == nil ? "Model" : "ForImageClassification")
    members += [("architectures", .list([.text(model)])), ("model_type", .text(type))]
    usage = "transformers.\(model).from_pretrained('DIR')"
    files = [.init(name: "config.json", text: Self.config(c, members))]
  }

  private static func describe(_ input: ImageClassifier.Input) -> String {
    switch input {
    case .classToken: "the class token"
    case .mean: "the patches' mean"
    case .classTokenAndMean: "the class token and the patches' mean"
    }
  }

  /// transformers counts the MLP's channels from a whole ratio; of a gated one two thirds, rounded up to eight.
  private static func dinov2Ratio(_ c: ViTConfiguration) -> Int? {
    guard c.mlp == .swiglu else {
      return c.mlpWidth % c.width == 0 ? c.mlpWidth / c.width : nil
    }
    return (1...64).first { ratio in
      (Int(Double(c.width * ratio) * 2 / 3) + 7) / 8 * 8 == c.mlpWidth
    }
  }

  private static func config(_ c: ViTConfiguration, _ own: [(String, JSONText)]) -> String {
    let square = c.imageSize[0] == c.imageSize[1]
    let common: [(String, JSONText)] = [
      ("hidden_size", .int(c.width)), ("num_hidden_layers", .int(c.depth)),
      ("num_attention_heads", .int(c.heads)), ("hidden_act", .text("gelu")),
      ("layer_norm_eps", .real(c.epsilon.block)),
      ("image_size", square ? .int(c.imageSize[0]) : .ints(c.imageSize)), ("patch_size", .int(c.patchSize)),
      ("num_channels", .int(3)), ("qkv_bias", .flag(c.qkvBias)),
      ("attention_probs_dropout_prob", .double(0)), ("hidden_dropout_prob", .double(0)),
      ("initializer_range", .double(0.02)),
    ]
    return JSONText.object((own + common).sorted { $0.0 < $1.0 }).file
  }
}
