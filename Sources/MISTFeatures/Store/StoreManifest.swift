import Foundation
import MISTEdge
import MISTFormats
import MISTModels

/// What `manifest.json` of a feature store says (`Formats/feature-store.md`): where the features come from, and
/// every file and label behind them.
package struct StoreManifest: Hashable, Sendable {
  package static let fileName = "manifest.json"
  package static let formatName = "mist-feature-store"

  /// The model whose features these are.
  package struct Model: Codable, Hashable, Sendable {
    /// `CanonicalCheckpoint.modelHash`.
    package var hash: String
    /// The file's name when the features were made, for people.
    package var source: String
    package var configuration: ModelConfiguration

    /// Stands where a hash is being computed, and in no file.
    package static let pendingHash = String(repeating: "0", count: 64)

    package init(hash: String, source: String, configuration: ModelConfiguration) {
      self.hash = hash
      self.source = source
      self.configuration = configuration
    }
  }

  /// The masks of a segmentation store.
  package struct Masks: Codable, Hashable, Sendable {
    /// Pixels of a stored mask: the model's input size.
    package var height: Int
    package var width: Int
    /// The value of pixels that belong to no class.
    package var ignore = ignoredClass
    /// Whether 0 of the annotation files became `ignore` and every other value one less.
    package var reduceZeroLabel: Bool

    package init(height: Int, width: Int, ignore: Int = ignoredClass, reduceZeroLabel: Bool) {
      self.height = height
      self.width = width
      self.ignore = ignore
      self.reduceZeroLabel = reduceZeroLabel
    }

    package static let ignoredClass = 255
    /// A mask's byte holds this many classes besides the ignored value.
    package static let largestClassCount = 255
  }

  /// The views of every `train` image of a segmentation store: 0 is the whole image, the others are random crops.
  package struct Views: Codable, Hashable, Sendable {
    /// Views of an image, at least 1.
    package var count: Int
    package var seed: UInt64
    /// Smallest side of a crop as a fraction of the image's side, in (0, 1].
    package var minimumScale: Double

    package init(count: Int = 1, seed: UInt64 = 0, minimumScale: Double = 0.5) {
      self.count = count
      self.seed = seed
      self.minimumScale = minimumScale
    }
  }

  package struct Split: Hashable, Sendable {
    /// `train`, `val` or `test`.
    package var name: String
    /// Every listed image, as its source calls it, in the order of the samples; once per view where there are views.
    package var files: [String]
    /// Class of each listed file; empty for segmentation.
    package var labels: [Int] = []
    /// Annotation of each listed image, likewise; empty for classification.
    package var masks: [String] = []
    /// View of each listed file, 0 the whole image; empty for classification.
    package var views: [Int] = []
    package var shards: [Shard] = []
    package var skipped: [SkippedFile] = []
    package var counts = SplitCounts()

    /// Samples in the split: the listed files but those that could not be read.
    package var count: Int { files.count - skipped.count }
  }

  package struct Shard: Codable, Hashable, Sendable {
    package var file: String
    /// The listed files this shard covers: `first ..< first + listed`.
    package var first: Int
    package var listed: Int
    /// Samples in it: `listed` but those skipped.
    package var count: Int
    package var bytes: Int
    /// Lower-case hex SHA-256 of the file.
    package var sha256: String
  }

  /// A listed file that has no features.
  package struct SkippedFile: Codable, Hashable, Sendable {
    /// Position in the split's `files`.
    package var index: Int
    package var file: String
    /// `ErrorCode.name` of what was wrong.
    package var code: String
    package var reason: String
  }

  /// Version of the format; earlier ones are read, and unfinished stores of theirs are finished in them.
  package var version = commonVersion
  package var task: FeatureTask
  package var model: Model
  /// Gather depths k, ascending.
  package var gather: [Int]
  /// Whether the model's own normalised output is stored too: the class token of the last block, or its maps.
  package var final: Bool
  /// The i of the F_i that are stored themselves, ascending.
  package var blocks: [Int] = []
  /// The layer tokens, where they are stored.
  package var layerTokens: LayerTokens?
  /// The model's last block, where F_{N−1} is stored; known once the store is finished.
  package var lastBlock: LastBlock?
  package var dtype: StoredType
  /// In what the model's products were computed.
  package var precision = Precision.f32
  /// How that was chosen, where it was measured; for people, and in no plan.
  package var precisionChoice: PrecisionChoice?
  /// Of every sample.
  package var checksums = false
  /// Of int8: what the products were prepared by, where that was asked for.
  package var calibration: Calibration?
  /// Tokens T and channels C of one gathered feature where features are tokens; 0 for maps.
  package var tokens = 0
  package var channels = 0
  /// Maps of one gathered feature, finest first; empty for tokens.
  package var levels: [MapLevel] = []
  /// Of a segmentation store.
  package var masks: Masks?
  package var views: Views?
  package var preprocessing: Preprocessing
  package var classes: [String]
  /// Listed files per shard.
  package var filesPerShard: Int
  /// SHA-256 over everything that decides the store's bytes; resuming compares it.
  package var plan: String
  package var splits: [Split]

  /// The version that is written. The task has its own key, `task`, and a new task is no new version.
  package static let commonVersion = 3
  /// That of int8, since it has an offset per token.
  package static let offsetVersion = 4
  /// The highest that is read.
  package static let currentVersion = offsetVersion

  /// That of a new store of `type`.
  static func version(storing type: StoredType) -> Int { type == .int8 ? offsetVersion : commonVersion }

  /// Whether codes of int8 are read with an offset.
  var hasOffsets: Bool { dtype == .int8 && version >= Self.offsetVersion }

  /// Versions 1 and 2 said the task by their number.
  static func impliedTask(_ version: Int) -> FeatureTask? {
    switch version {
    case 1: .classification
    case 2: .segmentation
    default: nil
    }
  }

  /// The shape of one gathered feature.
  package var layout: FeatureLayout {
    get { task.target.isDense ? .maps(levels) : .tokens(count: tokens, channels: channels) }
    set {
      switch newValue {
      case .tokens(let count, let channels): (tokens, self.channels, levels) = (count, channels, [])
      case .maps(let levels): (tokens, channels, self.levels) = (0, 0, levels)
      }
    }
  }

  /// How the tokens of one gathered feature lie, as the model divides its input; nil for maps, and where the input's size depends on
  /// the image.
  package var grid: TokenGrid? {
    guard case .tokens(let count, _) = layout, let size = preprocessing.outputSize,
      let map = model.configuration.details.levels(of: MapSize(height: size[0], width: size[1])).last,
      count >= map.positions
    else { return nil }
    return TokenGrid(prefix: count - map.positions, height: map.height, width: map.width)
  }

  /// How often a split lists each of its images, one after the other: once per view.
  func repeats(of split: Split) -> Int { split.name == "train" ? views?.count ?? 1 : 1 }

  /// The stored features in shard order: the final one, then gather depths, blocks and layer tokens.
  package var features: [Feature] {
    (final ? [.final] : []) + gather.map(Feature.gather) + blocks.map(Feature.block)
      + (layerTokens == nil ? [] : [.layerTokens])
  }

  /// Every tensor of features in shard order.
  package var tensors: [FeatureTensor] { layout.tensors(of: features, layers: layerTokens) }

  /// Names of the splits, in order.
  package var splitNames: [String] { splits.map(\.name) }

  /// Lower-case hex SHA-256 of `preprocessing` as JSON with sorted keys.
  package var preprocessingHash: String {
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
  package static func shardFile(split: String, index: Int, of count: Int) -> String {
    func padded(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return "\(split)-\(padded(index))-of-\(padded(count)).safetensors"
  }
}
