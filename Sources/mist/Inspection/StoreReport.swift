import MISTFeatures
import MISTModels

/// What a feature store's manifest says, without its lists of files, for machines and for people.
struct StoreReport: Encodable {
  struct Split: Encodable {
    let name: String
    let samples: Int
    let skipped: Int
    let shards: Int
  }

  let task: String
  let dtype: String
  /// In what the model's products were computed, and how that was chosen, where it was measured.
  let precision: Precision
  let precisionChoice: PrecisionChoice?
  /// What int8 was prepared by.
  let calibration: Calibration?
  let gather: [Int]
  let final: Bool
  /// The i of the F_i that are stored themselves, the depths of layer tokens, and the model's last block, where there are any.
  let blocks: [Int]?
  let layers: [Int]?
  let lastBlock: LastBlock?
  /// Whether every sample has a checksum; absent where not.
  let checksums: Bool?
  /// Hash of the model whose features these are.
  let model: String
  let preprocessing: Preprocessing
  let classes: [String]
  let splits: [Split]

  init(_ store: FeatureStore) {
    let manifest = store.manifest
    task = manifest.task.rawValue
    dtype = manifest.dtype.description
    (precision, precisionChoice) = (manifest.precision, manifest.precisionChoice)
    calibration = manifest.calibration
    gather = manifest.gather
    final = manifest.final
    blocks = manifest.blocks.isEmpty ? nil : manifest.blocks
    layers = manifest.layerTokens?.depths
    lastBlock = manifest.lastBlock
    checksums = manifest.checksums ? true : nil
    model = manifest.model.hash
    preprocessing = manifest.preprocessing
    classes = manifest.classes
    splits = manifest.splits.map {
      Split(name: $0.name, samples: $0.count, skipped: $0.skipped.count, shards: $0.shards.count)
    }
  }

  func print() {
    let depths =
      gather.map { "k=\($0)" } + (final ? ["final"] : []) + (blocks ?? []).map { "F\($0)" }
      + (layers.map { ["layers " + $0.map(String.init).joined(separator: ",")] } ?? [])
    Console.line("features       \(task), \(dtype), \(depths.joined(separator: ", ")) of model \(model)")
    if precision != .f32 || precisionChoice != nil {
      Console.line("computed in    " + (precisionChoice?.sentence ?? precision.rawValue))
    }
    if let calibration {
      let images = "\(calibration.images) images, SHA-256 \(calibration.sha256)"
      Console.line("calibrated by  \(images), \(calibration.method)")
    }
    if let lastBlock {
      Console.line("last block     \(lastBlock.file), SHA-256 \(lastBlock.sha256)")
    }
    if checksums == true { Console.line("checksums      of every sample") }
    for split in splits {
      Console.line(
        "split          \(split.name): \(split.samples) samples in \(split.shards) shards"
          + (split.skipped > 0 ? ", \(split.skipped) files skipped" : ""))
    }
    Console.line("preprocessing  \(ModelText.describe(preprocessing))")
    Console.line("classes        \(ModelText.classes(classes))")
  }
}
