import MISTEdge
import MISTFeatures
import MISTModels

/// `mist extract --dry-run --json`.
struct PlannedExtraction: Encodable {
  struct Split: Encodable {
    let name: String
    let images: Int
    let shards: Int
    let bytes: Int
    /// Where images have a class each.
    let perClass: [String: Int]?
    /// Images times views, where there are views.
    let samples: Int?
  }

  let task: FeatureTask
  let model: String
  let gather: [Int]
  let final: Bool
  /// The i of the F_i that are stored themselves, and the layer tokens, where there are any.
  let blocks: [Int]?
  let layerTokens: LayerTokens?
  let dtype: String
  /// In what the model's products are computed, how that was chosen, where it was measured, and what int8 was prepared by.
  let precision: Precision
  let precisionChoice: PrecisionChoice?
  let calibration: Calibration?
  /// Where features are tokens.
  let tokens: Int?
  let channels: Int?
  /// Where features are maps.
  let levels: [MapLevel]?
  let masks: StoreManifest.Masks?
  let views: StoreManifest.Views?
  let classes: Int
  let imagesPerShard: Int
  let bytesPerImage: Int
  let splits: [Split]

  init(_ plan: ExtractionPlan) {
    let manifest = plan.manifest
    let hasLabels = manifest.splits.contains { !$0.labels.isEmpty }
    let bytes = plan.sampleBytes
    task = manifest.task
    model = manifest.model.hash
    gather = manifest.gather
    final = manifest.final
    blocks = manifest.blocks.isEmpty ? nil : manifest.blocks
    layerTokens = manifest.layerTokens
    dtype = manifest.dtype.description
    (precision, precisionChoice) = (manifest.precision, manifest.precisionChoice)
    calibration = manifest.calibration
    switch manifest.layout {
    case .tokens(let count, let channels): (tokens, self.channels, levels) = (count, channels, nil)
    case .maps(let maps): (tokens, channels, levels) = (nil, nil, maps)
    }
    masks = manifest.masks
    views = manifest.views
    classes = manifest.classes.count
    imagesPerShard = manifest.filesPerShard
    bytesPerImage = bytes
    splits = manifest.splits.map { split in
      let counts = split.labels.reduce(into: [Int](repeating: 0, count: manifest.classes.count)) {
        $0[$1] += 1
      }
      return Split(
        name: split.name,
        images: manifest.views == nil ? split.files.count : split.views.count { $0 == 0 },
        shards: plan.shardCount(split), bytes: split.files.count * bytes,
        perClass: hasLabels ? Dictionary(uniqueKeysWithValues: zip(manifest.classes, counts)) : nil,
        samples: manifest.views == nil ? nil : split.files.count)
    }
  }
}

/// `mist extract --json`.
struct FinishedExtraction: Encodable {
  let task: FeatureTask
  let output: String
  let model: String
  let gather: [Int]
  let blocks: [Int]?
  let layerTokens: LayerTokens?
  let dtype: String
  let precision: Precision
  let precisionChoice: PrecisionChoice?
  let calibration: Calibration?
  /// Where features are maps.
  let levels: [MapLevel]?
  let masks: StoreManifest.Masks?
  let views: StoreManifest.Views?
  /// Samples: for segmentation, views of images.
  let images: Int
  let processed: Int
  let resumed: Int
  let seconds: Double
  let imagesPerSecond: Double
  /// From the start of the process to the first features; nil where none were computed, or the kernel does not say when it started.
  let firstFeaturesSeconds: Double?
  let bytes: Int
  let shards: Int
  let skipped: [StoreManifest.SkippedFile]
  /// What became of EXIF orientations.
  let orientation: Preprocessing.Orientation
  let splits: [Split]

  struct Split: Encodable {
    let name: String
    let samples: Int
    /// Images that carry an EXIF orientation.
    let oriented: Int
    /// Of segmentation: samples whose masks have no labelled pixel.
    let unlabelled: Int?
  }

  init(_ summary: Extraction.Summary, output: String) {
    let manifest = summary.manifest
    task = manifest.task
    self.output = output
    model = manifest.model.hash
    gather = manifest.gather
    blocks = manifest.blocks.isEmpty ? nil : manifest.blocks
    layerTokens = manifest.layerTokens
    dtype = manifest.dtype.description
    (precision, precisionChoice) = (manifest.precision, manifest.precisionChoice)
    calibration = manifest.calibration
    levels = if case .maps(let maps) = manifest.layout { maps } else { nil }
    masks = manifest.masks
    views = manifest.views
    images = manifest.splits.reduce(0) { $0 + $1.count }
    processed = summary.processed
    resumed = summary.resumed
    seconds = summary.seconds
    imagesPerSecond = summary.rate
    firstFeaturesSeconds = summary.firstFeatures.flatMap(ProcessFacts.seconds(before:))
    bytes = summary.byteCount
    shards = manifest.splits.reduce(0) { $0 + $1.shards.count }
    skipped = summary.skipped
    orientation = manifest.preprocessing.orientation
    splits = manifest.splits.map {
      Split(
        name: $0.name, samples: $0.count, oriented: $0.counts.oriented,
        unlabelled: manifest.masks == nil ? nil : $0.counts.unlabelled)
    }
  }
}

extension Extraction.Summary {
  /// Samples per second of this run.
  var rate: Double { seconds > 0 ? Double(processed) / seconds : 0 }
}
