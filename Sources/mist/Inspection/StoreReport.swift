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
  let gather: [Int]
  let final: Bool
  /// Hash of the model whose features these are.
  let model: String
  let preprocessing: Preprocessing
  let classes: [String]
  let splits: [Split]

  init(_ store: FeatureStore) {
    let manifest = store.manifest
    task = manifest.task.rawValue
    dtype = manifest.dtype.description
    gather = manifest.gather
    final = manifest.final
    model = manifest.model.hash
    preprocessing = manifest.preprocessing
    classes = manifest.classes
    splits = manifest.splits.map {
      Split(name: $0.name, samples: $0.count, skipped: $0.skipped.count, shards: $0.shards.count)
    }
  }

  func print() {
    let depths = gather.map { "k=\($0)" } + (final ? ["final"] : [])
    Console.line("features       \(task), \(dtype), \(depths.joined(separator: ", ")) of model \(model)")
    for split in splits {
      Console.line(
        "split          \(split.name): \(split.samples) samples in \(split.shards) shards"
          + (split.skipped > 0 ? ", \(split.skipped) files skipped" : ""))
    }
    Console.line("preprocessing  \(ModelText.describe(preprocessing))")
    Console.line("classes        \(ModelText.classes(classes))")
  }
}
