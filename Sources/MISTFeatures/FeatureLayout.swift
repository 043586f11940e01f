import MISTEdge

/// What a feature store is for: what a sample's target is. What a task adds to a store stands in its `TargetKind`.
package enum FeatureTask: String, Codable, CaseIterable, Hashable, Sendable {
  /// One class per image; features are tokens.
  case classification
  /// One class per pixel; features are maps.
  case segmentation
}

/// The shape of one gathered feature.
package enum FeatureLayout: Hashable, Sendable {
  /// `[count, channels]`, class token first where the model has one.
  case tokens(count: Int, channels: Int)
  /// A map `[height, width, channels]` per level, finest first.
  case maps([MapLevel])

  /// Shapes for people: `[[197, 768]]`, or one per level.
  var shapes: [[Int]] {
    switch self {
    case .tokens(let count, let channels): [[count, channels]]
    case .maps(let levels): levels.map { [$0.height, $0.width, $0.channels] }
    }
  }

  /// The tensors of `features` of one sample, feature by feature, each finest level first.
  package func tensors(of features: [Feature], layers: LayerTokens? = nil) -> [FeatureTensor] {
    features.flatMap { $0 == .layerTokens ? layers?.featureTensors ?? [] : tensors(of: $0) }
  }

  /// The tensors of one feature, finest level first. The final class token is one row, kept in full precision.
  func tensors(of feature: Feature) -> [FeatureTensor] {
    switch self {
    case .tokens(_, let channels) where feature == .final:
      [FeatureTensor(FeatureKey(feature), shape: [channels], isFullPrecision: true)]
    case .tokens(let count, let channels): [FeatureTensor(FeatureKey(feature), shape: [count, channels])]
    case .maps(let levels):
      levels.map {
        FeatureTensor(FeatureKey(feature, level: $0.level), shape: [$0.height, $0.width, $0.channels])
      }
    }
  }
}

/// One tensor of features of a sample.
package struct FeatureTensor: Hashable, Sendable {
  package let key: FeatureKey
  /// The shape of one sample, channels last.
  package let shape: [Int]
  /// Whether it is stored as f32 whatever the store's type is.
  package let isFullPrecision: Bool

  package init(_ key: FeatureKey, shape: [Int], isFullPrecision: Bool = false) {
    self.key = key
    self.shape = shape
    self.isFullPrecision = isFullPrecision
  }

  /// Its name in the shards: `final`, `k12`, `k14.level1`, `final.level4`.
  package var name: String { key.description }
  /// Tokens or map positions.
  package var rows: Int { shape.dropLast().reduce(1, *) }
  package var channels: Int { shape.last ?? 1 }
  /// Values of one sample.
  package var count: Int { rows * channels }

  /// How it is stored in a store of `type`.
  package func dtype(in type: StoredType) -> StoredType { isFullPrecision ? .f32 : type }

  /// The tensor of its scales in a store of int8.
  var scaleName: String { name + ".scale" }
  /// The tensor of its offsets, from version 4 on.
  var offsetName: String { name + ".offset" }
  /// The tensor of its samples' checksums, where a store has those.
  var checksumName: String { name + ".crc32" }
}
