import Foundation
import MISTEdge
import MISTFormats
import MISTModels

/// What `manifest.json` of a feature store says (`Formats/feature-store.md`): where the features come from, and
/// every file and label behind them.
public struct StoreManifest: Hashable, Sendable {
  public static let fileName = "manifest.json"
  public static let formatName = "mist-feature-store"

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

  /// The masks of a segmentation store.
  public struct Masks: Codable, Hashable, Sendable {
    /// Pixels of a stored mask: the model's input size.
    public var height: Int
    public var width: Int
    /// The value of pixels that belong to no class.
    public var ignore = ignoredClass
    /// Whether 0 of the annotation files became `ignore` and every other value one less.
    public var reduceZeroLabel: Bool

    public init(height: Int, width: Int, ignore: Int = ignoredClass, reduceZeroLabel: Bool) {
      self.height = height
      self.width = width
      self.ignore = ignore
      self.reduceZeroLabel = reduceZeroLabel
    }

    public static let ignoredClass = 255
    /// A mask's byte holds this many classes besides the ignored value.
    public static let largestClassCount = 255
  }

  /// The views of every `train` image of a segmentation store: 0 is the whole image, the others are random crops.
  public struct Views: Codable, Hashable, Sendable {
    /// Views of an image, at least 1.
    public var count: Int
    public var seed: UInt64
    /// Smallest side of a crop as a fraction of the image's side, in (0, 1].
    public var minimumScale: Double

    public init(count: Int = 1, seed: UInt64 = 0, minimumScale: Double = 0.5) {
      self.count = count
      self.seed = seed
      self.minimumScale = minimumScale
    }
  }

  public struct Split: Hashable, Sendable {
    /// `train`, `val` or `test`.
    public var name: String
    /// Every listed image, as its source calls it, in the order of the samples; once per view where there are views.
    public var files: [String]
    /// Class of each listed file; empty for segmentation.
    public var labels: [Int] = []
    /// Annotation of each listed image, likewise; empty for classification.
    public var masks: [String] = []
    /// View of each listed file, 0 the whole image; empty for classification.
    public var views: [Int] = []
    public var shards: [Shard] = []
    public var skipped: [SkippedFile] = []

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

  /// Version of the format; earlier ones are read, and unfinished stores of theirs are finished in them.
  public var version = currentVersion
  public var task: FeatureTask
  public var model: Model
  /// Gather depths k, ascending.
  public var gather: [Int]
  /// Whether the model's own normalised output is stored too: the class token of the last block, or its maps.
  public var final: Bool
  public var dtype: StoredType
  /// Tokens T and channels C of one gathered feature where features are tokens; 0 for maps.
  public var tokens = 0
  public var channels = 0
  /// Maps of one gathered feature, finest first; empty for tokens.
  public var levels: [MapLevel] = []
  /// Of a segmentation store.
  public var masks: Masks?
  public var views: Views?
  public var preprocessing: Preprocessing
  public var classes: [String]
  /// Listed files per shard.
  public var filesPerShard: Int
  /// SHA-256 over everything that decides the store's bytes; resuming compares it.
  public var plan: String
  public var splits: [Split]

  /// The version that is written. The task has its own key, `task`, and a new task is no new version.
  public static let currentVersion = 3

  /// Versions 1 and 2 said the task by their number.
  static func impliedTask(_ version: Int) -> FeatureTask? {
    switch version {
    case 1: .classification
    case 2: .segmentation
    default: nil
    }
  }

  /// The shape of one gathered feature.
  public var layout: FeatureLayout {
    get { task.target.isDense ? .maps(levels) : .tokens(count: tokens, channels: channels) }
    set {
      switch newValue {
      case .tokens(let count, let channels): (tokens, self.channels, levels) = (count, channels, [])
      case .maps(let levels): (tokens, channels, self.levels) = (0, 0, levels)
      }
    }
  }

  /// How often a split lists each of its images, one after the other: once per view.
  func repeats(of split: Split) -> Int { split.name == "train" ? views?.count ?? 1 : 1 }

  /// The stored features in shard order: the final one, then the gather depths.
  public var features: [Feature] { (final ? [.final] : []) + gather.map(Feature.gather) }

  /// Every tensor of features in shard order.
  public var tensors: [FeatureTensor] { layout.tensors(of: features) }

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
