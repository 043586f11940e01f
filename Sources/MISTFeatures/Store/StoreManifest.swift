import Foundation
import MISTFormats
import MISTModels

/// What `manifest.json` of a feature store says (`Formats/feature-store.md`): where the features come from, and
/// every file and label behind them.
public struct StoreManifest: Codable, Hashable, Sendable {
  public static let fileName = "manifest.json"
  public static let formatName = "mist-feature-store"
  public static let currentVersion = 1

  /// The model whose features these are.
  public struct Model: Codable, Hashable, Sendable {
    /// `CanonicalCheckpoint.modelHash`.
    public var hash: String
    /// The file's name when the features were made, for people.
    public var source: String
    public var configuration: ModelConfiguration

    public init(hash: String, source: String, configuration: ModelConfiguration) {
      self.hash = hash
      self.source = source
      self.configuration = configuration
    }
  }

  public struct Split: Codable, Hashable, Sendable {
    /// `train`, `val` or `test`.
    public var name: String
    /// Every listed file, relative to the image folder, in the order of the samples.
    public var files: [String]
    /// Class of each listed file.
    public var labels: [Int]
    public var shards: [Shard]
    public var skipped: [SkippedFile]

    /// Samples in the split: the listed files but those that could not be read.
    public var count: Int { files.count - skipped.count }
  }

  public struct Shard: Codable, Hashable, Sendable {
    public var file: String
    /// The listed files this shard covers: `first ..< first + listed`.
    public var first: Int
    public var listed: Int
    /// Samples in it: `listed` but those skipped.
    public var count: Int
    public var bytes: Int
    /// Lower-case hex SHA-256 of the file.
    public var sha256: String
  }

  /// A listed file that has no features.
  public struct SkippedFile: Codable, Hashable, Sendable {
    /// Position in the split's `files`.
    public var index: Int
    public var file: String
    /// `ErrorCode.name` of what was wrong.
    public var code: String
    public var reason: String
  }

  public var format = formatName
  public var version = currentVersion
  public var model: Model
  /// Gather depths k, ascending.
  public var gather: [Int]
  /// Whether the normalised class token of the last block is stored too.
  public var final: Bool
  public var dtype: FeatureDType
  /// Tokens T and channels C of one gathered feature.
  public var tokens: Int
  public var channels: Int
  public var preprocessing: Preprocessing
  public var classes: [String]
  /// Listed files per shard.
  public var filesPerShard: Int
  /// SHA-256 over everything that decides the store's bytes; resuming compares it.
  public var plan: String
  public var splits: [Split]

  /// Names of the splits, in order.
  public var splitNames: [String] { splits.map(\.name) }

  /// Lower-case hex SHA-256 of `preprocessing` as JSON with sorted keys.
  public var preprocessingHash: String {
    get throws { try Self.hash(of: preprocessing) }
  }

  static func hash(of value: some Encodable) throws -> String {
    try json(value, pretty: false).withUnsafeBytes { ContentHash.of($0) }
  }

  static func json(_ value: some Encodable, pretty: Bool) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return [UInt8](try encoder.encode(value))
    } catch {
      throw MISTError(.bug, "a manifest cannot be encoded as JSON (\(error))")
    }
  }

  /// The name of shard `index` of `count`.
  public static func shardFile(split: String, index: Int, of count: Int) -> String {
    func padded(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return "\(split)-\(padded(index))-of-\(padded(count)).safetensors"
  }
}
