import MISTFormats

/// A DINOv3 for timm's `Eva` and for transformers' `DINOv3ViTModel`.
extension DestinationForm {
  static func timm(_ c: DINOv3Configuration, _ plan: ConversionPlan) throws -> DestinationForm {
    if c.classifier?.input == .classTokenAndMean {
      throw Destination.timm.unsupportedClassifier(
        "its classifier reads the class token and the patches' mean, and timm's reads one of them", plan)
    }
    var form = DestinationForm(convention: c.mlp == .swiglu ? .timmDINOv3SwiGLU : .timmDINOv3)
    form.usage =
      "timm.create_model('local-dir:DIR', pretrained=True\(c.classifier == nil ? ", num_classes=0" : ""))"
    if Set([c.epsilon.block, c.epsilon.final]) != [1e-5] {
      form.warnings.append(
        "timm computes every norm with an epsilon of 1e-05, and this model has \(c.epsilon.block) in blocks and "
          + "\(c.epsilon.final) after them; mist keeps the model's own when it reads the file")
    }
    form.warnings += periods(c, "timm")
    let (pixels, isExact) = PreprocessorFile.timm(plan.preprocessing, imageSize: c.imageSize)
    if !isExact {
      form.warnings.append(
        "timm's pretrained_cfg cannot say how this model's images are resized; the nearest is written")
    }
    let classes = JSONText.int(c.classifier?.classes ?? 0)
    let own: [(String, JSONText)] = [
      ("classifier", .text("head")), ("first_conv", .text("patch_embed.proj")),
      ("fixed_input_size", .flag(true)), ("num_classes", classes),
    ]
    var members: [(String, JSONText)] = [
      ("architecture", .text(architecture(c))), ("num_classes", classes), ("num_features", .int(c.width)),
      ("global_pool", .text(c.classifier?.input == .mean ? "avg" : "token")),
    ]
    if let names = plan.classNames { members.append(("label_names", .list(names.map { .text($0) }))) }
    members += [
      ("model_args", .object(arguments(c))),
      ("pretrained_cfg", .object((own + pixels).sorted { $0.0 < $1.0 })),
    ]
    form.files = [.init(name: "config.json", text: JSONText.object(members).file)]
    return form
  }

  /// timm's function for the nearest model; arguments say the sizes.
  private static func architecture(_ c: DINOv3Configuration) -> String {
    let size =
      if c.mlp == .swiglu { "small_plus" } else {
        [(384, "small"), (768, "base"), (1024, "large")].min { abs($0.0 - c.width) < abs($1.0 - c.width) }?.1
          ?? "small"
      }
    return "vit_\(size)_patch16_dinov3" + (c.queryValueBias ? "_qkvb" : "")
  }

  private static func arguments(_ c: DINOv3Configuration) -> [(String, JSONText)] {
    let square = c.imageSize[0] == c.imageSize[1]
    var ratio = Double(c.mlpWidth) / Double(c.width)
    while Int(Double(c.width) * ratio) < c.mlpWidth { ratio = ratio.nextUp }
    return [
      ("img_size", square ? .int(c.imageSize[0]) : .ints(c.imageSize)), ("patch_size", .int(c.patchSize)),
      ("embed_dim", .int(c.width)), ("depth", .int(c.depth)), ("num_heads", .int(c.heads)),
      ("mlp_ratio", .double(ratio)), ("num_reg_tokens", .int(c.registerTokens)),
      ("rope_temperature", .real(c.theta)),
      ("global_pool", .text(c.classifier?.input == .mean ? "avg" : "token")),
    ]
  }

  static func huggingFace(_ c: DINOv3Configuration, _ plan: ConversionPlan) throws -> DestinationForm {
    if c.classifier != nil {
      throw Destination.hf.unsupportedClassifier(
        "it has a classifier, and transformers' DINOv3 has none", plan)
    }
    var form = DestinationForm(convention: c.mlp == .swiglu ? .huggingFaceDINOv3Gated : .huggingFaceDINOv3)
    form.fillers = [.init(name: "embeddings.mask_token", shape: [1, 1, c.width])]
    form.usage = "transformers.DINOv3ViTModel.from_pretrained('DIR')"
    if c.epsilon.block != c.epsilon.final {
      form.warnings.append(
        "transformers has one epsilon for all norms: \(c.epsilon.block) is written, and the last norm has "
          + "\(c.epsilon.final)")
    }
    form.warnings += periods(c, "transformers")
    let square = c.imageSize[0] == c.imageSize[1]
    let members: [(String, JSONText)] = [
      ("architectures", .list([.text("DINOv3ViTModel")])), ("model_type", .text("dinov3_vit")),
      ("hidden_size", .int(c.width)), ("intermediate_size", .int(c.mlpWidth)),
      ("num_hidden_layers", .int(c.depth)), ("num_attention_heads", .int(c.heads)),
      ("num_register_tokens", .int(c.registerTokens)), ("patch_size", .int(c.patchSize)),
      ("image_size", square ? .int(c.imageSize[0]) : .ints(c.imageSize)), ("num_channels", .int(3)),
      ("use_gated_mlp", .flag(c.mlp == .swiglu)), ("hidden_act", .text(c.mlp == .swiglu ? "silu" : "gelu")),
      ("query_bias", .flag(c.queryValueBias)), ("key_bias", .flag(false)),
      ("value_bias", .flag(c.queryValueBias)), ("proj_bias", .flag(true)), ("mlp_bias", .flag(true)),
      ("layer_norm_eps", .real(c.epsilon.block)), ("rope_theta", .real(c.theta)),
      ("layerscale_value", .double(1)), ("drop_path_rate", .double(0)), ("attention_dropout", .double(0)),
      ("initializer_range", .double(0.02)),
    ]
    form.files = [
      .init(name: "config.json", text: JSONText.object(members.sorted { $0.0 < $1.0 }).file),
      .init(
        name: "preprocessor_config.json",
        text: PreprocessorFile.huggingFace(plan.preprocessing, processor: "DINOv3ViTImageProcessorFast")),
    ]
    return form
  }

  /// Both projects compute the periods. Those of Facebook's files are the same but for their rounding to bf16.
  private static func periods(_ c: DINOv3Configuration, _ project: String) -> [String] {
    guard c.storedPeriods else { return [] }
    return [
      "\(project) computes the rotations' periods, and this model's are stored, rounded to bf16: its features there differ "
        + "by about 1e-3; mist keeps the model's own when it reads the file"
    ]
  }
}
