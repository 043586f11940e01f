import MISTEdge
import MISTFormats

/// One split of a feature store: labels at hand, features on request. Samples are numbered from 0 in the order of the
/// listed files; a skipped file has no number.
package struct FeatureSplit: Sendable {
  package let name: String
  package let task: FeatureTask
  /// Class of each sample, `[count]`; empty for segmentation.
  package let labels: [Int]
  /// View of each sample, `[count]`, 0 the whole image; empty for classification.
  package let views: [Int]
  /// Position of each sample in the manifest's list of files, `[count]`.
  package let fileIndices: [Int]
  /// Shape of one gathered feature of a classification store; 0 for segmentation.
  package let tokens: Int
  package let channels: Int
  /// Maps of one gathered feature of a segmentation store, finest first; empty for classification.
  package let levels: [MapLevel]

  private let files: [String]
  private let maskSettings: StoreManifest.Masks?
  private let classes: Int
  private let gather: [Int]
  private let dtype: StoredType
  private let hasOffsets: Bool
  private let hasChecksums: Bool
  private let tensors: [FeatureKey: FeatureTensor]
  private let samples: SampleLocator

  init(
    manifest: StoreManifest, split: StoreManifest.Split, shards: [OpenShard], resident: ResidentPages
  ) {
    name = split.name
    task = manifest.task
    tokens = manifest.tokens
    channels = manifest.channels
    levels = manifest.levels
    files = split.files
    maskSettings = manifest.masks
    classes = manifest.classes.count
    gather = manifest.gather
    dtype = manifest.dtype
    hasOffsets = manifest.hasOffsets
    hasChecksums = manifest.checksums
    tensors = Dictionary(uniqueKeysWithValues: manifest.tensors.map { ($0.key, $0) })
    samples = SampleLocator(shards, resident: resident)
    fileIndices = samples.shards.flatMap(\.indices)
    labels = split.labels.isEmpty ? [] : fileIndices.map { split.labels[$0] }
    views = split.views.isEmpty ? [] : fileIndices.map { split.views[$0] }
  }

  /// Number of samples.
  package var count: Int { samples.count }

  /// The image of a sample, as its source calls it.
  package func file(of sample: Int) -> String { files[fileIndices[sample]] }

  /// One tensor of features, `[T, C]` of each sample (`[1, C]` for the final class token), and of a map `[h·w, C]`, row by row.
  /// Throws `features.other-task` for a level of tokens and for maps without a level, `features.no-such-gather`,
  /// `features.no-final` and `features.no-such-level`, naming those there are.
  package func features(_ key: FeatureKey) throws -> StoredFeatures {
    if let tensor = tensors[key] {
      return StoredFeatures(
        tensor, dtype: dtype, hasOffsets: hasOffsets, hasChecksums: hasChecksums, samples: samples)
    }
    guard (key.level == nil) == levels.isEmpty else {
      let form = (stored: levels.isEmpty ? "tokens" : "maps", wanted: levels.isEmpty ? "maps" : "tokens")
      throw MISTError(
        .featuresOtherTask,
        "the features are \(form.stored), for \(task.rawValue), and \(form.wanted) are asked of them",
        advice: "extract with another --task")
    }
    throw missing(key)
  }

  /// The masks, one per sample. Throws `features.other-task`.
  package func masks() throws -> StoredMasks {
    guard let masks = maskSettings else {
      throw MISTError(
        .featuresOtherTask, "the features are for \(task.rawValue), and have no masks",
        advice: "extract with --task segmentation")
    }
    return StoredMasks(height: masks.height, width: masks.width, classes: classes, samples: samples)
  }

  private func missing(_ key: FeatureKey) -> MISTError {
    if let level = key.level, !levels.contains(where: { $0.level == level }) {
      return MISTError(
        .featuresNoSuchLevel, "the features hold no level \(level)",
        advice: "they hold \(levels.map { "\($0.level)" }.joined(separator: ", "))")
    }
    switch key.feature {
    case .gather(let k) where !gather.contains(k):
      return MISTError(
        .featuresNoSuchGather, "the features hold no gather depth \(k)",
        advice: "they hold \(gather.map(String.init).joined(separator: ", "))")
    case .final:
      return MISTError(
        .featuresNoFinal, "the features hold no final \(key.level == nil ? "class token" : "maps")",
        advice: "extract with the model's last block and without --no-final")
    default:
      return MISTError(
        .featuresNoSuchGather, "the features hold no '\(key)'",
        advice: "they hold \(tensors.keys.map(\.description).sorted().joined(separator: ", "))")
    }
  }
}
