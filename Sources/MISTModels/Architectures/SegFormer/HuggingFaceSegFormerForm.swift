import MISTFormats

/// A SegFormer for transformers: `SegformerForSemanticSegmentation`, `SegformerForImageClassification`, or `SegformerModel` for an
/// encoder alone.
extension DestinationForm {
  /// What transformers computes with at every LayerNorm and in the decode head's batch norm, whatever `config.json` says.
  private static let epsilon: Float = 1e-5

  static func huggingFace(_ c: SegFormerConfiguration, _ plan: ConversionPlan) throws -> DestinationForm {
    if c.decodeHead?.kind == .convolutional {
      throw Destination.hf.unsupported(
        "its decode head is mmsegmentation's, and transformers' is another function", plan,
        advice: "convert the encoder alone: --ignore 'decode_head.*'")
    }
    if let head = c.decodeHead, !head.batchNorm {
      throw Destination.hf.unsupported(
        "its decode head's batch norm was folded into the convolution before it, which has no bias in transformers",
        plan, advice: "convert the checkpoint that the graph was exported from")
    }
    let ratios = c.stages.map { $0.mlpWidth % $0.width == 0 ? $0.mlpWidth / $0.width : nil }
    guard let ratios = ratios as? [Int] else {
      throw Destination.hf.unsupported(
        "a stage's MLP is no whole multiple of its width, as transformers' SegFormer needs it", plan)
    }
    let model =
      c.decodeHead != nil
      ? "SegformerForSemanticSegmentation"
      : c.classifier != nil ? "SegformerForImageClassification" : "SegformerModel"
    var form = DestinationForm(convention: .huggingFaceSegFormer)
    if c.decodeHead != nil || c.classifier != nil { form.prefix = "segformer." }
    if c.decodeHead != nil {
      form.fillers = [.init(name: "decode_head.batch_norm.num_batches_tracked", shape: [], dtype: .i64)]
    }
    form.usage = "transformers.\(model).from_pretrained('DIR')"
    form.warnings = warnings(c)
    form.files = [
      .init(name: "config.json", text: config(c, model, ratios, plan.classNames)),
      .init(
        name: "preprocessor_config.json",
        text: PreprocessorFile.huggingFace(plan.preprocessing, processor: "SegformerImageProcessor")),
    ]
    return form
  }

  private static func warnings(_ c: SegFormerConfiguration) -> [String] {
    let e = c.epsilon
    var warnings: [String] = []
    if Set([e.patch, e.reduction, e.block, e.stage]) != [epsilon] {
      warnings.append(
        "transformers computes every LayerNorm with an epsilon of \(epsilon), and this model has \(e.patch) after "
          + "patch embeddings, \(e.reduction) after reductions, \(e.block) in blocks, \(e.stage) after stages: its "
          + "features there differ by up to 6.5e-3; mist keeps the model's own when it reads the file")
    }
    if let head = c.decodeHead, head.batchNormEpsilon != epsilon {
      warnings.append(
        "transformers computes the decode head's batch norm with an epsilon of \(epsilon), and this model has "
          + "\(head.batchNormEpsilon)")
    }
    return warnings
  }

  private static func config(
    _ c: SegFormerConfiguration, _ model: String, _ ratios: [Int], _ classNames: [String]?
  ) -> String {
    var members: [(String, JSONText)] = [
      ("architectures", .list([.text(model)])), ("model_type", .text("segformer")), ("num_channels", .int(3)),
      ("num_encoder_blocks", .int(c.stages.count)), ("depths", .ints(c.stages.map(\.depth))),
      ("hidden_sizes", .ints(c.stages.map(\.width))), ("num_attention_heads", .ints(c.stages.map(\.heads))),
      ("sr_ratios", .ints(c.stages.map(\.reduction))), ("patch_sizes", .ints(c.stages.map(\.patchSize))),
      ("strides", .ints(c.stages.map(\.stride))), ("mlp_ratios", .ints(ratios)),
      ("hidden_act", .text("gelu")),
      ("layer_norm_eps", .real(c.epsilon.block)), ("reshape_last_stage", .flag(true)),
      ("attention_probs_dropout_prob", .double(0)), ("hidden_dropout_prob", .double(0)),
      ("classifier_dropout_prob", .double(0.1)), ("drop_path_rate", .double(0.1)),
      ("initializer_range", .double(0.02)), ("semantic_loss_ignore_index", .int(255)),
    ]
    if let head = c.decodeHead { members.append(("decoder_hidden_size", .int(head.width))) }
    if let classes = c.decodeHead?.classes ?? c.classifier?.classes {
      members += labels(classNames, count: classes)
    }
    return JSONText.object(members.sorted { $0.0 < $1.0 }).file
  }

  /// `id2label` and `label2id`, by which transformers counts classes. Without names they are those that it makes up.
  static func labels(_ names: [String]?, count: Int) -> [(String, JSONText)] {
    let names = names ?? (0..<count).map { "LABEL_\($0)" }
    var seen: Set<String> = []
    return [
      ("id2label", .object(names.enumerated().map { (String($0), .text($1)) })),
      // The first of classes that share a name.
      ("label2id", .object(names.enumerated().filter { seen.insert($1).inserted }.map { ($1, .int($0)) })),
    ]
  }
}
