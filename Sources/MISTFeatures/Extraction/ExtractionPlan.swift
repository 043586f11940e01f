import MISTEdge
import MISTFormats
import MISTModels
import MISTVision

/// What an extraction will write, decided before the first image is read. Two extractions with equal plans write equal
/// stores.
package struct ExtractionPlan: Sendable {
  /// The manifest without results: no shards and no skipped files yet.
  package let manifest: StoreManifest
  /// Where the manifest's files are read from.
  package let samples: any SampleSource
  /// What computes the features.
  let computation: Computation?
  /// The model's hash, where the manifest has it not yet: it takes as long as an image or two.
  private let modelHash: Later<String>?
  /// Bytes of one sample in a shard.
  package let sampleBytes: Int

  /// A shard holds as many samples as come nearest below this, which is also about what extraction buffers.
  package static let shardBytes = 64 << 20
  /// Shards that people ask for must not exceed this: two of them are in memory at a time.
  package static let largestShardBytes = 2 << 30

  /// Features of `samples`, of `model`, whose hash `modelHash` gives where it is being computed.
  /// Images of `train` are listed once per view. `filesPerShard` nil chooses by `shardBytes`.
  /// Throws `extract.input-size` when the preprocessing does not give the source's input, `usage` when shards would be
  /// empty or too large, views are not possible, or the source's features are not those of the samples' task, and the
  /// `features.` codes for samples that no store can hold.
  package init(
    samples: any SampleSource, annotations: AnnotationSettings = .init(), source: any FeatureSource,
    model: StoreManifest.Model, modelHash: Later<String>? = nil, preprocessing: Preprocessing,
    dtype: StoredType, checksums: Bool = false, filesPerShard: Int? = nil
  ) throws {
    try Self.check(source.layout, for: samples.task)
    try Self.check(preprocessing, source.inputSize)
    let features = source.features
    var manifest = StoreManifest(
      task: samples.task, model: model, gather: features.compactMap(\.gatherDepth),
      final: features.contains(.final), dtype: dtype,
      preprocessing: preprocessing, classes: samples.classes, filesPerShard: 0, plan: "", splits: [])
    manifest.version = StoreManifest.version(storing: dtype)
    manifest.layout = source.layout
    manifest.blocks = features.compactMap { if case .block(let i) = $0 { i } else { nil } }
    manifest.layerTokens = source.layerTokens
    manifest.precision = source.precision
    manifest.precisionChoice = source.precisionChoice
    manifest.calibration = source.calibration
    manifest.checksums = checksums
    guard manifest.features == features else {
      throw MISTError(
        .bug, "a store holds a final feature, gather depths, blocks and layer tokens, not \(features)")
    }
    try samples.task.target.plan(annotations, input: source.inputSize, &manifest)
    manifest.splits = samples.splits.map { Self.listed($0, manifest) }
    sampleBytes = try ShardSchema(manifest, .init(name: "", files: [])).tensors(count: 1).reduce(0) {
      $0 + $1.byteCount
    }
    manifest.filesPerShard = try Self.filesPerShard(filesPerShard, sampleBytes)
    manifest.plan = try Self.hash(manifest, samples.splits)
    try manifest.check(shards: false)
    self.manifest = manifest
    self.samples = samples
    self.modelHash = modelHash
    computation = source.computation
  }

  /// The plan with the model's hash, waited for if need be. Throws what computing it throws.
  package func settled() throws -> ExtractionPlan {
    try modelHash.map { try ExtractionPlan(self, $0.value()) } ?? self
  }

  private init(_ other: ExtractionPlan, _ hash: String) throws {
    var manifest = other.manifest
    manifest.model.hash = hash
    manifest.plan = try Self.hash(manifest, other.samples.splits)
    self.manifest = manifest
    (samples, computation, sampleBytes) = (other.samples, other.computation, other.sampleBytes)
    modelHash = nil
  }

  /// Reads a target or a few of every split. Throws `masks.unlabelled` for a split without one labelled pixel.
  package func checkTargets() throws { try manifest.task.target.check(self) }

  /// Listed files of all splits.
  package var count: Int { manifest.splits.reduce(0) { $0 + $1.files.count } }

  /// Number of shards of a split.
  package func shardCount(_ split: StoreManifest.Split) -> Int {
    (split.files.count + manifest.filesPerShard - 1) / manifest.filesPerShard
  }

  /// The plan as a store of an earlier version would say it; nil when that version has no such stores.
  package func manifest(version: Int) throws -> StoreManifest? {
    guard StoreManifest.impliedTask(version) ?? manifest.task == manifest.task,
      version < StoreManifest.offsetVersion || manifest.version == version
    else { return nil }
    var earlier = manifest
    earlier.version = version
    earlier.plan = try Self.hash(earlier, samples.splits)
    return earlier
  }

  /// The images of a split, each as often as it has views.
  private static func listed(_ split: SampleSplit, _ manifest: StoreManifest) -> StoreManifest.Split {
    var listed = StoreManifest.Split(name: split.name, files: [])
    let count = manifest.repeats(of: listed)
    func repeated<Value>(_ values: [Value]) -> [Value] {
      count == 1 ? values : values.flatMap { Array(repeating: $0, count: count) }
    }
    listed.files = repeated(split.files)
    listed.labels = repeated(split.labels)
    listed.masks = repeated(split.masks)
    if manifest.views != nil { listed.views = split.files.flatMap { _ in 0..<count } }
    return listed
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

  private static func check(_ layout: FeatureLayout, for task: FeatureTask) throws {
    switch (layout, task.target.isDense) {
    case (.tokens, false), (.maps, true): return
    case (.maps, false):
      throw MISTError(.usage, "\(task.rawValue) needs tokens, and the source gives maps")
    case (.tokens, true):
      throw MISTError(.usage, "\(task.rawValue) needs maps, and the source gives tokens")
    }
  }

  private static func check(_ preprocessing: Preprocessing, _ input: MapSize) throws {
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

extension Feature {
  /// The depth k of a gathered sum.
  fileprivate var gatherDepth: Int? { if case .gather(let k) = self { k } else { nil } }
}
