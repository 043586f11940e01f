import MISTFormats

/// A SegFormer for the two projects that train it with mmcv: NVlabs' repository and mmsegmentation.
extension DestinationForm {
  /// Channels that NVlabs' configurations give mmsegmentation's base class of decode heads, whose own classifier stays unused.
  private static let unusedChannels = 128

  static func nvlabs(_ c: SegFormerConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    var form = DestinationForm(convention: .nvlabsSegFormer)
    var usual = SegFormerConfiguration.Epsilons(all: 1e-6)
    (usual.patch, usual.reduction) = (1e-5, 1e-5)
    form.warnings = epsilons(c, usual, "NVlabs' code")
    guard let head = c.decodeHead else { return form }
    try check(head, .linear, .nvlabs, plan, other: "mmsegmentation's decode head is another function")
    form.prefix = "backbone."
    form.fillers = [
      .init(name: "decode_head.conv_seg.weight", shape: [head.classes, unusedChannels, 1, 1]),
      .init(name: "decode_head.conv_seg.bias", shape: [head.classes]),
      .init(name: "decode_head.linear_fuse.bn.num_batches_tracked", shape: [], dtype: .i64),
    ]
    return form
  }

  static func mmseg(_ c: SegFormerConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    var form = DestinationForm(convention: .mmsegSegFormer)
    form.warnings = epsilons(c, .init(all: 1e-6), "mmsegmentation")
    if c.classifier != nil {
      throw Destination.mmseg.unsupportedClassifier(
        "it has a classifier of images, and mmsegmentation's encoders have none", plan)
    }
    guard let head = c.decodeHead else { return form }
    try check(
      head, .convolutional, .mmseg, plan,
      other: "its decode head is NVlabs' and transformers', and mmsegmentation's is another function")
    form.prefix = "backbone."
    let modules = c.stages.indices.map { "convs.\($0)" } + ["fusion_conv"]
    form.fillers = modules.map {
      .init(name: "decode_head.\($0).bn.num_batches_tracked", shape: [], dtype: .i64)
    }
    return form
  }

  private static func check(
    _ head: SegFormerConfiguration.DecodeHead, _ kind: SegFormerConfiguration.DecodeHead.Kind,
    _ destination: Destination, _ plan: ConversionPlan, other: String
  ) throws {
    guard head.kind == kind else {
      throw destination.unsupported(
        other, plan, advice: "convert the encoder alone: --ignore 'decode_head.*'")
    }
    guard head.batchNorm else {
      throw destination.unsupported(
        "its decode head's batch norm was folded into the convolution before it, which has no bias there",
        plan,
        advice: "convert the checkpoint that the graph was exported from")
    }
  }

  private static func epsilons(
    _ c: SegFormerConfiguration, _ usual: SegFormerConfiguration.Epsilons, _ project: String
  ) -> [String] {
    var warnings: [String] = []
    if c.epsilon != usual {
      warnings.append(
        "\(project) builds its norms with epsilons of \(usual.patch) after patch embeddings, \(usual.reduction) after "
          + "reductions and \(usual.block) elsewhere, and this model has \(c.epsilon.patch), \(c.epsilon.reduction) "
          + "and \(c.epsilon.block): its features there differ by up to 6.5e-3; mist keeps the model's own when it "
          + "reads the file")
    }
    if let head = c.decodeHead, head.batchNormEpsilon != 1e-5 {
      warnings.append(
        "the decode head's batch norm has an epsilon of \(head.batchNormEpsilon) instead of 1e-5")
    }
    return warnings
  }
}
