import MISTFormats
import MISTModels
import MISTVision

/// What an extraction will write, decided before the first image is read. Two extractions with equal plans write equal
/// stores.
public struct ExtractionPlan: Sendable {
  /// The manifest without results: no shards and no skipped files yet.
  public let manifest: StoreManifest
  public let images: ImageFolder

  /// A shard holds as many samples as come nearest below this, which is also about what extraction buffers.
  public static let shardBytes = 64 << 20
  /// Shards that people ask for must not exceed this: two of them are in memory at a time.
  public static let largestShardBytes = 2 << 30

  /// `filesPerShard` nil chooses by `shardBytes`.
  /// Throws `extract.input-size` when the preprocessing does not give the source's input, `usage` when shards would be
  /// empty or too large.
  public init(
    images: ImageFolder, source: any FeatureSource, model: StoreManifest.Model, preprocessing: Preprocessing,
    dtype: FeatureDType, filesPerShard: Int? = nil
  ) throws {
    try Self.check(preprocessing, source.inputSize)
    self.images = images
    let sampleBytes = Self.sampleBytes(source, dtype)
    let perShard = filesPerShard ?? max(1, Self.shardBytes / sampleBytes)
    guard perShard > 0, perShard <= max(1, Self.largestShardBytes / sampleBytes) else {
      throw MISTError(
        .usage, "\(perShard) images per shard are not possible with \(sampleBytes) bytes each",
        advice: "choose 1 to \(max(1, Self.largestShardBytes / sampleBytes))")
    }
    var manifest = StoreManifest(
      model: model, gather: source.gathers, final: source.includesFinal, dtype: dtype, tokens: source.tokens,
      channels: source.channels, preprocessing: preprocessing, classes: images.classes,
      filesPerShard: perShard,
      plan: "",
      splits: images.splits.map {
        StoreManifest.Split(name: $0.name, files: $0.files, labels: $0.labels, shards: [], skipped: [])
      })
    manifest.plan = try Self.hash(manifest, images)
    self.manifest = manifest
  }

  /// Bytes of one sample in a shard.
  public static func sampleBytes(_ source: any FeatureSource, _ dtype: FeatureDType) -> Int {
    source.gathers.count * dtype.bytes(tokens: source.tokens, channels: source.channels)
      + (source.includesFinal ? 4 * source.channels : 0) + 16
  }

  /// Number of shards of a split.
  public func shardCount(_ split: StoreManifest.Split) -> Int {
    (split.files.count + manifest.filesPerShard - 1) / manifest.filesPerShard
  }

  private static func check(_ preprocessing: Preprocessing, _ input: (height: Int, width: Int)) throws {
    let preprocessor = try Preprocessor(preprocessing)
    guard let size = preprocessor.outputSize else {
      throw MISTError(
        .extractInputSize, at: "preprocessing",
        "it keeps every image's aspect ratio and does not crop, so that inputs differ in size",
        advice: "convert the model with a crop or an exact resize")
    }
    guard size == input else {
      throw MISTError(
        .extractInputSize, at: "preprocessing",
        "it makes \(size.height) × \(size.width) pixels, and the model takes \(input.height) × \(input.width)",
        advice: "convert the model again")
    }
  }

  /// Over everything that decides the store's bytes. File sizes stand for the files' contents, which are too much to
  /// read before starting.
  private static func hash(_ manifest: StoreManifest, _ images: ImageFolder) throws -> String {
    struct Identity: Encodable {
      let format: String
      let version: Int
      let model: String
      let gather: [Int]
      let final: Bool
      let dtype: FeatureDType
      let tokens: Int
      let channels: Int
      let preprocessing: Preprocessing
      let classes: [String]
      let filesPerShard: Int
      let files: [[String]]
      let labels: [[Int]]
      let sizes: [[Int]]
    }
    return try StoreManifest.hash(
      of: Identity(
        format: manifest.format, version: manifest.version, model: manifest.model.hash,
        gather: manifest.gather,
        final: manifest.final, dtype: manifest.dtype, tokens: manifest.tokens, channels: manifest.channels,
        preprocessing: manifest.preprocessing, classes: manifest.classes,
        filesPerShard: manifest.filesPerShard,
        files: images.splits.map(\.files), labels: images.splits.map(\.labels),
        sizes: images.splits.map(\.sizes)))
  }
}

extension StoreManifest {
  /// The first thing in which two plans differ, as `what: theirs, ours`, or nil when they are the same work.
  func difference(from other: StoreManifest) -> String? {
    func say(_ what: String, _ theirs: some CustomStringConvertible, _ ours: some CustomStringConvertible)
      -> String
    {
      "its \(what) is \(theirs), not \(ours)"
    }
    if model.hash != other.model.hash {
      return say("model", other.model.hash.prefix(12), model.hash.prefix(12))
    }
    if gather != other.gather { return say("gather", other.gather, gather) }
    if final != other.final { return say("storing of the final class token", other.final, final) }
    if dtype != other.dtype { return say("dtype", other.dtype.rawValue, dtype.rawValue) }
    if (tokens, channels) != (other.tokens, other.channels) {
      return say("shape", [other.tokens, other.channels], [tokens, channels])
    }
    if preprocessing != other.preprocessing { return "its preprocessing is another" }
    if classes != other.classes { return say("list of classes", other.classes.prefix(8), classes.prefix(8)) }
    if filesPerShard != other.filesPerShard {
      return say("number of images per shard", other.filesPerShard, filesPerShard)
    }
    if splitNames != other.splitNames { return say("list of splits", other.splitNames, splitNames) }
    for (ours, theirs) in zip(splits, other.splits) {
      if let place = zip(ours.files, theirs.files).enumerated().first(where: { $0.element.0 != $0.element.1 })
      {
        return say("file \(place.offset) of \(ours.name)", "'\(place.element.1)'", "'\(place.element.0)'")
      }
      if ours.files.count != theirs.files.count {
        return say("number of files in \(ours.name)", theirs.files.count, ours.files.count)
      }
    }
    return plan != other.plan ? "an image file has changed its size since" : nil
  }
}
