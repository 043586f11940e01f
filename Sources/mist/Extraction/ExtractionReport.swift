import MISTFeatures

/// What `mist extract` prints at its end.
enum ExtractionReport {
  /// Of a dry run.
  static func print(_ plan: ExtractionPlan, json: Bool) throws {
    let manifest = plan.manifest
    let planned = PlannedExtraction(plan)
    guard !json else { return try Console.json(planned) }
    describe(manifest)
    let splits = planned.splits
    let hasClasses = splits.contains { $0.perClass != nil }
    var table = Table([(hasClasses ? "class" : "", .left)] + splits.map { ($0.name, .right) })
    if hasClasses {
      for name in manifest.classes { table.add([name] + splits.map { "\($0.perClass?[name] ?? 0)" }) }
    }
    table.add(["images"] + splits.map { "\($0.images)" })
    if sample(manifest) == "view" { table.add(["views"] + splits.map { "\($0.samples ?? 0)" }) }
    table.add(["shards"] + splits.map { "\($0.shards)" })
    table.add(["size"] + splits.map { Format.bytes($0.bytes) })
    table.print()
    Console.line(
      "\(Format.bytes(planned.bytesPerImage)) per \(sample(manifest)), \(manifest.filesPerShard) "
        + "\(sample(manifest))s per shard; nothing was written")
  }

  /// Of an extraction.
  static func print(_ summary: Extraction.Summary, output: String, json: Bool) throws {
    let manifest = summary.manifest
    guard !json else { return try Console.json(FinishedExtraction(summary, output: output)) }
    describe(manifest)
    var table = Table([
      ("split", .left), ("\(sample(manifest))s", .right), ("skipped", .right), ("shards", .right),
      ("size", .right),
    ])
    for split in manifest.splits {
      table.add([
        split.name, "\(split.count)", "\(split.skipped.count)", "\(split.shards.count)",
        Format.bytes(split.shards.reduce(0) { $0 + $1.bytes }),
      ])
    }
    table.print()
    if summary.processed == 0 {
      Console.line("\(output): complete already, nothing to do")
    } else {
      let before = summary.resumed > 0 ? ", \(summary.resumed) were there before" : ""
      Console.line(
        "\(output): \(summary.processed) \(sample(manifest))s in \(Format.duration(summary.seconds)), "
          + "\(Format.decimal(summary.rate, 1)) \(sample(manifest))s/s\(before); "
          + "\(Format.bytes(summary.byteCount)), \(summary.skipped.count) skipped")
    }
  }

  /// What one sample is to people.
  private static func sample(_ manifest: StoreManifest) -> String {
    (manifest.views?.count ?? 1) > 1 ? "view" : "image"
  }

  private static func describe(_ manifest: StoreManifest) {
    let computed = manifest.precision == .f32 ? "" : ", computed in \(manifest.precision.rawValue)"
    let depths = manifest.gather.isEmpty ? "none" : manifest.gather.map(String.init).joined(separator: ", ")
    let model = "model \(manifest.model.hash.prefix(12)); \(manifest.classes.count) classes"
    switch manifest.layout {
    case .tokens(let count, let channels):
      let token = manifest.model.configuration.details.finalToken
      let final = manifest.final ? " and the final \(token?.rawValue ?? "token")" : ""
      Console.line(
        "gather \(depths)\(final), \(manifest.dtype.description)\(computed), "
          + "\(Format.shape([count, channels])) each; \(model)")
    case .maps(let levels):
      Console.line(
        "\(manifest.task.rawValue): gather \(depths)\(manifest.final ? " and the final maps" : ""), "
          + "\(manifest.dtype.description)\(computed); \(model)")
      for level in levels {
        Console.line("level \(level.level)  \(Format.shape([level.height, level.width, level.channels]))")
      }
    }
    if !manifest.blocks.isEmpty {
      Console.line("blocks   \(manifest.blocks.map { "F\($0)" }.joined(separator: ", "))")
    }
    if let layers = manifest.layerTokens {
      let shapes = layers.tensors.map { Format.shape([$0.rows, $0.channels]) }.joined(separator: ", ")
      Console.line("layers   \(shapes): layer tokens of depths \(layers.depthList)")
    }
    guard let masks = manifest.masks, let views = manifest.views else { return }
    Console.line(
      "mask     \(masks.height) x \(masks.width)"
        + (masks.reduceZeroLabel ? ", 0 of the annotations ignored and the classes counted from 1" : ""))
    if views.count > 1 {
      Console.line(
        "views    \(views.count) of every train image: the whole, and crops of at least "
          + "\(Format.percent(views.minimumScale)) of each side; seed \(views.seed)")
    }
  }
}
