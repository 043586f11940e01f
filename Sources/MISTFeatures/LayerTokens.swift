import MISTEdge
import MISTFormats

/// Which layer tokens a store holds, and how they lie: what is said of `Feature.layerTokens`.
package struct LayerTokens: Codable, Hashable, Sendable {
  /// One tensor: all rows of a model of tokens, or those of a stage.
  package struct Tensor: Codable, Hashable, Sendable {
    /// Number of the stage, from 1; nil where there are no stages.
    package var level: Int?
    package var rows: Int
    package var channels: Int

    package init(level: Int? = nil, rows: Int, channels: Int) {
      (self.level, self.rows, self.channels) = (level, rows, channels)
    }
  }

  /// The i of the F_i that were kept, ascending.
  package var depths: [Int]
  /// Finest stage first. Depth by depth the class token and the mean, or the mean alone.
  package var tensors: [Tensor]

  package init(depths: [Int], tensors: [Tensor]) {
    self.depths = depths
    self.tensors = tensors
  }

  /// As shards have them.
  var featureTensors: [FeatureTensor] {
    tensors.map { FeatureTensor(FeatureKey(.layerTokens, level: $0.level), shape: [$0.rows, $0.channels]) }
  }

  /// As metadata and messages have the depths: `0,1,2`.
  package var depthList: String { depths.map(String.init).joined(separator: ",") }

  /// Throws `features.layers-invalid`.
  func check() throws {
    guard StoreManifest.areDepths(depths) else {
      throw MISTError(
        .featuresLayersInvalid, at: "layerTokens.depths",
        "ascending depths from 0 are expected, found \(depths.prefix(20))")
    }
    let levels = tensors.map(\.level)
    let single = levels == [nil]
    let stages = levels.compactMap(\.self)
    guard
      single
        || !levels.isEmpty && stages.count == levels.count
          && zip([0] + stages, stages).allSatisfy(<) && stages.allSatisfy({ $0 <= MapSize.largestSide })
    else {
      throw MISTError(
        .featuresLayersInvalid, at: "layerTokens.tensors",
        "one tensor without a level, or one per level of ascending numbers, is expected")
    }
    for tensor in tensors {
      for (name, value) in [("rows", tensor.rows), ("channels", tensor.channels)]
      where !(1...StoreManifest.largestDimension).contains(value) {
        throw MISTError(
          .featuresLayersInvalid, at: "layerTokens.tensors",
          "\(name) must be within 1…\(StoreManifest.largestDimension), found \(value)")
      }
    }
    let rows = tensors.reduce(0) { $0 &+ $1.rows }
    guard rows == depths.count || single && rows == 2 * depths.count else {
      throw MISTError(
        .featuresLayersInvalid, at: "layerTokens.tensors",
        "\(depths.count) depths are as many rows, or with class tokens twice as many, found \(rows)")
    }
  }
}

extension StoreManifest {
  /// Whether `depths` are ascending numbers of F_i, at least one.
  static func areDepths(_ depths: [Int]) -> Bool {
    !depths.isEmpty && depths.allSatisfy((0...largestDimension).contains)
      && zip(depths, depths.dropFirst()).allSatisfy(<)
  }
}
