import MISTFormats

/// One split of a feature store: labels at hand, features on request. Samples are numbered from 0 in the order of the
/// listed files; a skipped file has no number.
public struct FeatureSplit: Sendable {
  public let name: String
  /// Class of each sample, `[count]`.
  public let labels: [Int]
  /// Position of each sample in the manifest's list of files, `[count]`.
  public let fileIndices: [Int]
  public let tokens: Int
  public let channels: Int

  private let files: [String]
  private let gather: [Int]
  private let dtype: FeatureDType
  private let hasFinal: Bool
  private let shards: [OpenShard]
  /// First sample of each shard.
  private let starts: [Int]
  private let resident: ResidentPages

  init(
    manifest: StoreManifest, split: StoreManifest.Split, shards: [OpenShard], resident: ResidentPages
  ) {
    self.resident = resident
    name = split.name
    tokens = manifest.tokens
    channels = manifest.channels
    files = split.files
    gather = manifest.gather
    dtype = manifest.dtype
    hasFinal = manifest.final
    // A shard whose files were all skipped has no samples to find.
    self.shards = shards.filter { !$0.indices.isEmpty }
    var starts: [Int] = []
    var count = 0
    for shard in self.shards {
      starts.append(count)
      count += shard.indices.count
    }
    self.starts = starts
    fileIndices = self.shards.flatMap(\.indices)
    labels = fileIndices.map { split.labels[$0] }
  }

  /// Number of samples.
  public var count: Int { labels.count }

  /// The image file of a sample, relative to the image folder.
  public func file(of sample: Int) -> String { files[fileIndices[sample]] }

  /// The gathered features of depth `k`, `[T, C]` each. Throws `features.no-such-gather`, naming those there are.
  public func gathered(_ k: Int) throws -> StoredFeatures {
    guard gather.contains(k) else {
      throw MISTError(
        .featuresNoSuchGather, "the features hold no gather depth \(k)",
        advice: "they hold \(gather.map(String.init).joined(separator: ", "))")
    }
    return StoredFeatures(
      tensor: "k\(k)", dtype: dtype, tokens: tokens, channels: channels, shards: shards, starts: starts,
      count: count, resident: resident)
  }

  /// The normalised class token of the last block, `[1, C]` each. Throws `features.no-final` when none is stored.
  public func final() throws -> StoredFeatures {
    guard hasFinal else {
      throw MISTError(
        .featuresNoFinal, "the features hold no final class token",
        advice: "extract with the model's last block")
    }
    return StoredFeatures(
      tensor: "final", dtype: .f32, tokens: 1, channels: channels, shards: shards, starts: starts,
      count: count, resident: resident)
  }
}
