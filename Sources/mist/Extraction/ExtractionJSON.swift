import MISTEdge
import MISTFeatures

/// `mist extract --dry-run --json`.
struct PlannedExtraction: Encodable {
  struct Split: Encodable {
    let name: String
    let images: Int
    let shards: Int
    let bytes: Int
    /// Of classification.
    let perClass: [String: Int]?
    /// Of segmentation: images times views.
    let samples: Int?
  }

  let task: FeatureTask
  let model: String
  let gather: [Int]
  let final: Bool
  let dtype: String
  /// Of classification.
  let tokens: Int?
  let channels: Int?
  /// Of segmentation.
  let levels: [MapLevel]?
  let masks: StoreManifest.Masks?
  let views: StoreManifest.Views?
  let classes: Int
  let imagesPerShard: Int
  let bytesPerImage: Int
  let splits: [Split]

  init(_ plan: ExtractionPlan) {
    let manifest = plan.manifest
    let isClassification = manifest.task == .classification
    let bytes = plan.sampleBytes
    task = manifest.task
    model = manifest.model.hash
    gather = manifest.gather
    final = manifest.final
    dtype = manifest.dtype.description
    tokens = isClassification ? manifest.tokens : nil
    channels = isClassification ? manifest.channels : nil
    levels = isClassification ? nil : manifest.levels
    masks = manifest.masks
    views = manifest.views
    classes = manifest.classes.count
    imagesPerShard = manifest.filesPerShard
    bytesPerImage = bytes
    splits = manifest.splits.map { split in
      let counts = manifest.classes.enumerated().map { label, name in
        (name, split.labels.count { $0 == label })
      }
      return Split(
        name: split.name,
        images: isClassification ? split.files.count : split.views.count { $0 == 0 },
        shards: plan.shardCount(split), bytes: split.files.count * bytes,
        perClass: isClassification ? Dictionary(uniqueKeysWithValues: counts) : nil,
        samples: isClassification ? nil : split.files.count)
    }
  }
}

/// `mist extract --json`.
struct FinishedExtraction: Encodable {
  let task: FeatureTask
  let output: String
  let model: String
  let gather: [Int]
  let dtype: String
  /// Of segmentation.
  let levels: [MapLevel]?
  let masks: StoreManifest.Masks?
  let views: StoreManifest.Views?
  /// Samples: for segmentation, views of images.
  let images: Int
  let processed: Int
  let resumed: Int
  let seconds: Double
  let imagesPerSecond: Double
  let bytes: Int
  let shards: Int
  let skipped: [StoreManifest.SkippedFile]

  init(_ summary: Extraction.Summary, output: String) {
    let manifest = summary.manifest
    task = manifest.task
    self.output = output
    model = manifest.model.hash
    gather = manifest.gather
    dtype = manifest.dtype.description
    levels = manifest.task == .segmentation ? manifest.levels : nil
    masks = manifest.masks
    views = manifest.views
    images = manifest.splits.reduce(0) { $0 + $1.count }
    processed = summary.processed
    resumed = summary.resumed
    seconds = summary.seconds
    imagesPerSecond = summary.rate
    bytes = summary.byteCount
    shards = manifest.splits.reduce(0) { $0 + $1.shards.count }
    skipped = summary.skipped
  }
}

extension Extraction.Summary {
  /// Samples per second of this run.
  var rate: Double { seconds > 0 ? Double(processed) / seconds : 0 }
}
