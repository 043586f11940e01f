import MISTEdge

/// What a feature store is for.
public enum FeatureTask: String, Codable, CaseIterable, Hashable, Sendable {
  /// One class per image; features are tokens.
  case classification
  /// One class per pixel; features are maps.
  case segmentation
}

/// The shape of one gathered feature.
public enum FeatureLayout: Hashable, Sendable {
  /// `[count, channels]`, class token first where the model has one.
  case tokens(count: Int, channels: Int)
  /// A map `[height, width, channels]` per level, finest first.
  case maps([MapLevel])

  public var task: FeatureTask {
    switch self {
    case .tokens: .classification
    case .maps: .segmentation
    }
  }

  /// Shapes for people: `[[197, 768]]`, or one per level.
  var shapes: [[Int]] {
    switch self {
    case .tokens(let count, let channels): [[count, channels]]
    case .maps(let levels): levels.map { [$0.height, $0.width, $0.channels] }
    }
  }

  /// Every tensor of one sample in shard order: the final features, then the gather depths, each finest level first.
  public func tensors(gathers: [Int], final: Bool) -> [FeatureTensor] {
    switch self {
    case .tokens(let count, let channels):
      let token = FeatureTensor(name: "final", shape: [channels], isFullPrecision: true)
      return (final ? [token] : [])
        + gathers.map { FeatureTensor(name: "k\($0)", shape: [count, channels]) }
    case .maps(let levels):
      return ((final ? ["final"] : []) + gathers.map { "k\($0)" }).flatMap { feature in
        levels.map {
          FeatureTensor(name: "\(feature).level\($0.level)", shape: [$0.height, $0.width, $0.channels])
        }
      }
    }
  }
}

/// One tensor of features of a sample.
public struct FeatureTensor: Hashable, Sendable {
  /// Its name in the shards: `final`, `k12`, `k14.level1`, `final.level4`.
  public let name: String
  /// The shape of one sample, channels last.
  public let shape: [Int]
  /// Whether it is stored as f32 whatever the store's dtype is.
  public let isFullPrecision: Bool

  public init(name: String, shape: [Int], isFullPrecision: Bool = false) {
    self.name = name
    self.shape = shape
    self.isFullPrecision = isFullPrecision
  }

  /// Tokens or map positions.
  public var rows: Int { shape.dropLast().reduce(1, *) }
  public var channels: Int { shape.last ?? 1 }
  /// Values of one sample.
  public var count: Int { rows * channels }

  /// How it is stored in a store of `dtype`.
  public func dtype(in dtype: FeatureDType) -> FeatureDType { isFullPrecision ? .f32 : dtype }

  /// The tensor of its scales in a store of int8.
  var scaleName: String { name + ".scale" }
}
