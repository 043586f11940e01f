import MISTFormats

/// A ViT for timm's `VisionTransformer`.
extension DestinationForm {
  static func timm(_ c: ViTConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    // timm gives registers and class token positions together or not at all; Facebook's file it converts by itself.
    let asFacebooks = c.registerTokens > 0 && c.classPosition
    if asFacebooks, c.preNorm {
      throw Destination.timm.unsupported(
        "it has registers, a position for the class token and a norm before the first block, and no model of timm has "
          + "all three", plan)
    }
    if c.classifier?.input == .classTokenAndMean {
      throw Destination.timm.unsupportedClassifier(
        "its classifier reads the class token and the patches' mean, and timm's reads one of them", plan)
    }
    if asFacebooks, c.classifier != nil {
      throw Destination.timm.unsupportedClassifier(
        "it can only be written under Facebook's names, which have none for its classifier", plan)
    }
    var form = DestinationForm(convention: asFacebooks ? .hubDINOv2 : .timm)
    if asFacebooks { form.fillers = [.init(name: "mask_token", shape: [1, c.width])] }
    form.usage =
      "timm.create_model('local-dir:DIR', pretrained=True\(c.classifier == nil ? ", num_classes=0" : ""))"
    let architecture = TimmArchitecture.nearest(to: c)
    if asFacebooks {
      form.warnings.append(
        "the names are Facebook's, because timm adds the class token's position to the token itself: load it through "
          + "local-dir:, where timm does that")
    }
    let epsilons = [c.epsilon.block, c.epsilon.final] + (c.preNorm ? [c.epsilon.preNorm] : [])
    if Set(epsilons) != [architecture.epsilon] {
      form.warnings.append(
        "timm's \(architecture.name) computes every norm with an epsilon of \(architecture.epsilon), and this model has "
          + "\(c.epsilon.block) in blocks and \(c.epsilon.final) after them; mist keeps the model's own when it reads "
          + "the file")
    }
    let (pixels, isExact) = PreprocessorFile.timm(plan.preprocessing, imageSize: c.imageSize)
    if !isExact {
      form.warnings.append(
        "timm's pretrained_cfg cannot say how this model's images are resized; the nearest is written")
    }
    form.files = [.init(name: "config.json", text: config(c, architecture, pixels, plan.classNames))]
    return form
  }

  private static func config(
    _ c: ViTConfiguration, _ architecture: TimmArchitecture, _ pixels: [(String, JSONText)],
    _ classNames: [String]?
  ) -> String {
    let classes = JSONText.int(c.classifier?.classes ?? 0)
    var names: [(String, JSONText)] = []
    if let classNames { names.append(("label_names", .list(classNames.map { .text($0) }))) }
    let square = c.imageSize[0] == c.imageSize[1]
    let imageSize: (String, JSONText) = (
      "img_size", square ? .int(c.imageSize[0]) : .ints(c.imageSize)
    )
    let own: [(String, JSONText)] = [
      ("classifier", .text("head")), ("first_conv", .text("patch_embed.proj")),
      ("fixed_input_size", .flag(true)), ("num_classes", classes),
    ]
    return JSONText.object(
      [
        ("architecture", .text(architecture.name)), ("num_classes", classes), ("num_features", .int(c.width)),
      ] + names + [
        ("model_args", .object([imageSize] + architecture.arguments(for: c))),
        ("pretrained_cfg", .object((own + pixels).sorted { $0.0 < $1.0 })),
      ]
    ).file
  }
}
