import MISTEdge
import MISTFormats

/// One split of a feature store: labels at hand, features on request. Samples are numbered from 0 in the order of the
/// listed files; a skipped file has no number.
public struct FeatureSplit: Sendable {
  public let name: String
  public let task: FeatureTask
  /// Class of each sample, `[count]`; empty for segmentation.
  public let labels: [Int]
  /// View of each sample, `[count]`, 0 the whole image; empty for classification.
  public let views: [Int]
  /// Position of each sample in the manifest's list of files, `[count]`.
  public let fileIndices: [Int]
  /// Shape of one gathered feature of a classification store; 0 for segmentation.
  public let tokens: Int
  public let channels: Int
  /// Maps of one gathered feature of a segmentation store, finest first; empty for classification.
  public let levels: [MapLevel]

  private let files: [String]
  private let maskSettings: StoreManifest.Masks?
  private let classes: Int
  private let gather: [Int]
  private let dtype: FeatureDType
  private let tensors: [String: FeatureTensor]
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
    tensors = Dictionary(uniqueKeysWithValues: manifest.tensors.map { ($0.name, $0) })
    samples = SampleLocator(shards, resident: resident)
    fileIndices = samples.shards.flatMap(\.indices)
    labels = split.labels.isEmpty ? [] : fileIndices.map { split.labels[$0] }
    views = split.views.isEmpty ? [] : fileIndices.map { split.views[$0] }
  }

  /// Number of samples.
  public var count: Int { samples.count }

  /// The image file of a sample, relative to the image folder.
  public func file(of sample: Int) -> String { files[fileIndices[sample]] }

  /// The gathered features of depth `k`, `[T, C]` each. Throws `features.no-such-gather`, naming those there are, and
  /// `features.other-task`.
  public func gathered(_ k: Int) throws -> StoredFeatures {
    try check(.classification)
    try check(gather: k)
    return try stored("k\(k)")
  }

  /// The normalised class token of the last block, `[1, C]` each. Throws `features.no-final` when none is stored, and
  /// `features.other-task`.
  public func final() throws -> StoredFeatures {
    try check(.classification)
    guard tensors["final"] != nil else {
      throw MISTError(
        .featuresNoFinal, "the features hold no final class token",
        advice: "extract with the model's last block")
    }
    return try stored("final")
  }

  /// Level `level` of the gathered maps of depth `k`, `[h·w, C]` each, row by row.
  /// Throws `features.no-such-gather`, `features.no-such-level`, `features.other-task`.
  public func map(_ k: Int, level: Int) throws -> StoredFeatures {
    try check(.segmentation)
    try check(gather: k)
    try check(level: level)
    return try stored("k\(k).level\(level)")
  }

  /// Level `level` of the model's own normalised output, `[h·w, C]` each, row by row.
  /// Throws `features.no-final` when none is stored, `features.no-such-level`, `features.other-task`.
  public func finalMap(level: Int) throws -> StoredFeatures {
    try check(.segmentation)
    try check(level: level)
    guard tensors["final.level\(level)"] != nil else {
      throw MISTError(
        .featuresNoFinal, "the features hold no final maps",
        advice: "extract with the model's last block and without --no-final")
    }
    return try stored("final.level\(level)")
  }

  /// The masks, one per sample. Throws `features.other-task`.
  public func masks() throws -> StoredMasks {
    try check(.segmentation)
    guard let masks = maskSettings else {
      throw MISTError(.bug, "a segmentation store without masks was opened")
    }
    return StoredMasks(height: masks.height, width: masks.width, classes: classes, samples: samples)
  }

  private func stored(_ name: String) throws -> StoredFeatures {
    guard let tensor = tensors[name] else { throw MISTError(.bug, "there is no tensor '\(name)' in a shard") }
    return StoredFeatures(tensor, dtype: dtype, samples: samples)
  }

  private func check(_ wanted: FeatureTask) throws {
    guard task == wanted else {
      throw MISTError(
        .featuresOtherTask, "the features are for \(task.rawValue), and \(wanted.rawValue) asked for them",
        advice: "extract with --task \(wanted.rawValue)")
    }
  }

  private func check(gather k: Int) throws {
    guard gather.contains(k) else {
      throw MISTError(
        .featuresNoSuchGather, "the features hold no gather depth \(k)",
        advice: "they hold \(gather.map(String.init).joined(separator: ", "))")
    }
  }

  private func check(level: Int) throws {
    guard levels.contains(where: { $0.level == level }) else {
      throw MISTError(
        .featuresNoSuchLevel, "the features hold no level \(level)",
        advice: "they hold \(levels.map { "\($0.level)" }.joined(separator: ", "))")
    }
  }
}
