import MISTFormats

extension MergedDecodeHead {
  /// Folds a decode head that was stored alone, or beside an encoder, under the names of a SegFormer convention; the
  /// encoder's tensors are not read. `batchNormEpsilon` is PyTorch's default.
  /// Throws `convert.unknown-convention` when there is no decode head, `convert.unsupported-model` when it is mmsegmentation's,
  /// and the `convert.` errors about its tensors.
  package init(archive: any TensorArchive, batchNormEpsilon: Float = 1e-5) throws {
    let file = archive.path
    var readings: [Reading] = []
    for convention in Convention.all {
      guard let anchor = convention.row("decode_head.fuse.weight")?.foreign.first else { continue }
      let prefixes = Set(
        archive.tensors.compactMap {
          PrefixStack(of: $0.name, before: anchor, isWrapped: true, any: true)?.text
        }
      ).sorted()
      // A file with more heads than these is none of ours; reading it once for each would take long.
      readings += prefixes.prefix(4).map {
        Reading(archive.tensors, convention: convention, prefix: PrefixStack($0 + "backbone."), ignoring: [])
      }
    }
    let found = readings.max { $0.besideCount < $1.besideCount }
    guard let reading = found, reading.besideCount > 0,
      let defaults = reading.convention.family as? Convention.SegFormerDefaults
    else {
      throw MISTError(
        .convertUnknownConvention, file: file, "it holds no decode head under the names of a SegFormer")
    }
    try Self.check(.init(kind: defaults.head, width: 1, classes: 1), file: file)
    let fuse = try reading.need("decode_head.fuse.weight", dimensions: 4, file: file)
    let classifier = try reading.need("decode_head.classifier.weight", dimensions: 4, file: file)
    let levels = fuse.shape[1] / max(1, fuse.shape[0])
    let channels = try (0..<min(max(levels, 1), 8)).map { level in
      let index = NameIndex(stage: level)
      return try reading.need("decode_head.linear.{s}.weight", at: index, dimensions: 2, file: file).shape[1]
    }
    let head = AllMLPDecodeHead(
      width: fuse.shape[0], classes: classifier.shape[0],
      batchNorm: reading.has(.batchNorm) || !reading.has(.foldedBatchNorm), batchNormEpsilon: batchNormEpsilon
    )
    let stages = channels.map {
      SegFormerConfiguration.Stage(
        width: $0, depth: 1, heads: 1, reduction: 1, mlpWidth: 1, patchSize: 1, stride: 1)
    }
    let configuration = SegFormerConfiguration(stages: stages, decodeHead: head)
    if let flaw = configuration.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
    let names = configuration.tensors.filter { $0.name.hasPrefix("decode_head.") }
    // The same coverage and shapes as in a conversion, of the head's tensors alone.
    let steps = try StepBuilder(
      reading: reading.beside(.decodeHead), configuration: ModelConfiguration(configuration), dtype: .f32,
      file: file
    ).run(names)
    let sources = Dictionary(
      steps.map { ($0.destination.name, $0.sources) }, uniquingKeysWith: { first, _ in first })
    try self.init(head, channels: channels) { name, _ in
      try (sources[name] ?? []).flatMap { source in
        try archive.withBytesOnce(of: source.name) { try FloatConversion.floats($0, dtype: source.dtype) }
      }
    }
  }
}

extension Reading {
  /// Tensors that rows beside the backbone have.
  fileprivate var besideCount: Int { filled.keys.count { convention.rows[$0.row].isBeside } }
}
