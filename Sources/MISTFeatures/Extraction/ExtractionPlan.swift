import MISTFormats
import MISTModels
import MISTVision

/// What an extraction will write, decided before the first image is read. Two extractions with equal plans write equal
/// stores.
public struct ExtractionPlan: Sendable {
  /// The manifest without results: no shards and no skipped files yet.
  public let manifest: StoreManifest
  /// The folder that the manifest's files are relative to.
  public let folder: String

  /// A shard holds as many samples as come nearest below this, which is also about what extraction buffers.
  public static let shardBytes = 64 << 20
  /// Shards that people ask for must not exceed this: two of them are in memory at a time.
  public static let largestShardBytes = 2 << 30

  /// Features of classified images.
  /// `filesPerShard` nil chooses by `shardBytes`.
  /// Throws `extract.input-size` when the preprocessing does not give the source's input, `usage` when shards would be
  /// empty or too large, or the source gives maps.
  public init(
    images: ImageFolder, source: any FeatureSource, model: StoreManifest.Model, preprocessing: Preprocessing,
    dtype: FeatureDType, filesPerShard: Int? = nil
  ) throws {
    guard case .tokens(let tokens, let channels) = source.layout else {
      throw MISTError(.usage, "classification needs tokens, and the source gives maps")
    }
    try Self.check(preprocessing, source.inputSize)
    let sample = Self.sampleBytes(source, dtype)
    var manifest = StoreManifest(
      task: .classification, model: model, gather: source.gathers, final: source.includesFinal, dtype: dtype,
      tokens: tokens, channels: channels, preprocessing: preprocessing, classes: images.classes,
      filesPerShard: try Self.filesPerShard(filesPerShard, sample), plan: "",
      splits: images.splits.map { StoreManifest.Split(name: $0.name, files: $0.files, labels: $0.labels) })
    manifest.plan = try Self.hash(manifest, images)
    self.manifest = manifest
    folder = images.path
  }

  /// Features of images with annotations, `classes` of them. Images of `train` are listed once per view.
  /// Throws as the other initialiser, and `usage` for more classes than a mask's byte holds or impossible views.
  public init(
    scenes: SegmentationFolder, classes: [String], reduceZeroLabel: Bool,
    views: StoreManifest.Views = .init(),
    source: any FeatureSource, model: StoreManifest.Model, preprocessing: Preprocessing, dtype: FeatureDType,
    filesPerShard: Int? = nil
  ) throws {
    guard case .maps(let levels) = source.layout else {
      throw MISTError(.usage, "segmentation needs maps, and the source gives tokens")
    }
    try Self.check(preprocessing, source.inputSize)
    let largest = StoreManifest.largestViewCount
    guard (1...largest).contains(views.count), views.minimumScale > 0, views.minimumScale <= 1 else {
      throw MISTError(
        .usage, "\(views.count) views of an image are not possible", advice: "choose 1 to \(largest)")
    }
    let sample = Self.sampleBytes(source, dtype)
    var manifest = StoreManifest(
      task: .segmentation, model: model, gather: source.gathers, final: source.includesFinal, dtype: dtype,
      levels: levels,
      masks: .init(
        height: source.inputSize.height, width: source.inputSize.width, reduceZeroLabel: reduceZeroLabel),
      views: views, preprocessing: preprocessing, classes: classes,
      filesPerShard: try Self.filesPerShard(filesPerShard, sample), plan: "",
      splits: scenes.splits.map { split in
        let count = split.name == "train" ? views.count : 1
        func repeated<Value>(_ values: [Value]) -> [Value] {
          values.flatMap { Array(repeating: $0, count: count) }
        }
        return StoreManifest.Split(
          name: split.name, files: repeated(split.files), masks: repeated(split.masks),
          views: split.files.flatMap { _ in 0..<count })
      })
    manifest.plan = try Self.hash(manifest, scenes)
    try manifest.check(shards: false)
    self.manifest = manifest
    folder = scenes.path
  }

  /// Listed files of all splits.
  public var count: Int { manifest.splits.reduce(0) { $0 + $1.files.count } }

  /// Bytes of one sample in a shard.
  public static func sampleBytes(_ source: any FeatureSource, _ dtype: FeatureDType) -> Int {
    let features = source.tensors.reduce(0) {
      $0 + $1.dtype(in: dtype).bytes(tokens: $1.rows, channels: $1.channels)
    }
    switch source.layout.task {
    case .classification: return features + 16
    case .segmentation:
      return features + 8 + 4 * ShardSchema.viewLength + source.inputSize.height * source.inputSize.width
    }
  }

  /// Number of shards of a split.
  public func shardCount(_ split: StoreManifest.Split) -> Int {
    (split.files.count + manifest.filesPerShard - 1) / manifest.filesPerShard
  }

  private static func filesPerShard(_ wanted: Int?, _ sampleBytes: Int) throws -> Int {
    let perShard = wanted ?? max(1, shardBytes / sampleBytes)
    guard perShard > 0, perShard <= max(1, largestShardBytes / sampleBytes) else {
      throw MISTError(
        .usage, "\(perShard) images per shard are not possible with \(sampleBytes) bytes each",
        advice: "choose 1 to \(max(1, largestShardBytes / sampleBytes))")
    }
    return perShard
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
}
