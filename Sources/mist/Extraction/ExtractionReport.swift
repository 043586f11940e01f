import MISTFeatures

/// What `mist extract` prints at its end.
enum ExtractionReport {
  /// Of a dry run.
  static func print(_ plan: ExtractionPlan, _ source: any FeatureSource, json: Bool) throws {
    let manifest = plan.manifest
    let sample = ExtractionPlan.sampleBytes(source, manifest.dtype)
    let splits = manifest.splits.map { split in
      Planned.Split(
        name: split.name, images: split.files.count, shards: plan.shardCount(split),
        bytes: split.files.count * sample,
        perClass: Dictionary(
          uniqueKeysWithValues: manifest.classes.enumerated().map { label, name in
            (name, split.labels.count { $0 == label })
          }))
    }
    let planned = Planned(
      model: manifest.model.hash, gather: manifest.gather, final: manifest.final,
      dtype: manifest.dtype.rawValue,
      tokens: manifest.tokens, channels: manifest.channels, imagesPerShard: manifest.filesPerShard,
      bytesPerImage: sample, splits: splits)
    guard !json else { return try Console.json(planned) }
    describe(manifest)
    var table = Table([("class", .left)] + splits.map { ($0.name, .right) })
    for name in manifest.classes { table.add([name] + splits.map { "\($0.perClass[name] ?? 0)" }) }
    table.add(["images"] + splits.map { "\($0.images)" })
    table.add(["shards"] + splits.map { "\($0.shards)" })
    table.add(["size"] + splits.map { Format.bytes($0.bytes) })
    table.print()
    Console.line(
      "\(Format.bytes(sample)) per image, \(manifest.filesPerShard) images per shard; nothing was written")
  }

  /// Of an extraction.
  static func print(_ summary: Extraction.Summary, output: String, json: Bool) throws {
    let manifest = summary.manifest
    let rate = summary.seconds > 0 ? Double(summary.processed) / summary.seconds : 0
    let splits = manifest.splits
    let done = Done(
      output: output, model: manifest.model.hash, gather: manifest.gather, dtype: manifest.dtype.rawValue,
      images: splits.reduce(0) { $0 + $1.count }, processed: summary.processed, resumed: summary.resumed,
      seconds: summary.seconds, imagesPerSecond: rate, bytes: summary.byteCount,
      shards: splits.reduce(0) { $0 + $1.shards.count }, skipped: summary.skipped)
    guard !json else { return try Console.json(done) }
    describe(manifest)
    var table = Table([
      ("split", .left), ("images", .right), ("skipped", .right), ("shards", .right), ("size", .right),
    ])
    for split in splits {
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
        "\(output): \(summary.processed) images in \(Format.duration(summary.seconds)), "
          + "\(Format.decimal(rate, 1)) images/s\(before); \(Format.bytes(summary.byteCount)), "
          + "\(summary.skipped.count) skipped")
    }
  }

  private static func describe(_ manifest: StoreManifest) {
    let depths = manifest.gather.map(String.init).joined(separator: ", ")
    Console.line(
      "gather \(depths)\(manifest.final ? " and the final class token" : ""), \(manifest.dtype.rawValue), "
        + "\(Format.shape([manifest.tokens, manifest.channels])) each; model \(manifest.model.hash.prefix(12)); "
        + "\(manifest.classes.count) classes")
  }

  private struct Planned: Encodable {
    struct Split: Encodable {
      let name: String
      let images: Int
      let shards: Int
      let bytes: Int
      let perClass: [String: Int]
    }
    let model: String
    let gather: [Int]
    let final: Bool
    let dtype: String
    let tokens: Int
    let channels: Int
    let imagesPerShard: Int
    let bytesPerImage: Int
    let splits: [Split]
  }

  private struct Done: Encodable {
    let output: String
    let model: String
    let gather: [Int]
    let dtype: String
    let images: Int
    let processed: Int
    let resumed: Int
    let seconds: Double
    let imagesPerSecond: Double
    let bytes: Int
    let shards: Int
    let skipped: [StoreManifest.SkippedFile]
  }
}
