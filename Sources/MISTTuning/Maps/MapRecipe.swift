import MISTEdge
import MISTFeatures

/// Everything that decides one training run of a head on maps but its data and its seed.
public struct MapRecipe: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// The levels' sum is the logits.
    case linear
    /// SegFormer's all-MLP head in its merged form: sum, ReLU, classifier.
    case mlp
  }

  /// Where low-rank attention blocks stand.
  public enum Attention: String, Codable, Sendable, CaseIterable {
    case none
    /// On the last, coarsest level.
    case final
    /// On every level.
    case all
  }

  public var head: Kind = .linear
  public var lae: Attention = .none
  public var feature: FeatureChoice = .gather(12)
  /// Blocks and rank of the attention.
  public var depth = 4
  public var rank = 32
  /// Channels of the mlp head's sum.
  public var hidden = 256
  public var inputNorm = false
  /// Peak learning rate of the polynomial schedule, its power, and steps of linear warm-up before it.
  public var rate: Float = 1e-3
  public var power: Float = 1
  public var warmup = 0
  public var epochs = 40
  public var batch = 8
  /// Decoupled, on matrices only.
  public var weightDecay: Float = 0.01
  /// Probability that a channel of the mlp head's sum is dropped from an image.
  public var dropout: Float = 0
  public var keep: Recipe.Keep = .best
  /// Epochs without a better validation result after which training stops; 0: never.
  public var patience = 0

  public init() {}

  /// The network for maps of these levels: attention where `lae` says, pooled over each level's own windows.
  public func network(_ levels: [MapLevel]) -> MapHeadDescription.Network {
    MapHeadDescription.Network(
      levels: levels.enumerated().map { i, level in
        let attends = lae == .all || (lae == .final && i == levels.count - 1)
        return MapHeadDescription.Level(
          level: level.level, height: level.height, width: level.width, channels: level.channels,
          depth: attends ? depth : 0, reduction: level.reduction)
      },
      hidden: head == .mlp ? hidden : 0, rank: rank, inputNorm: inputNorm, norm: true)
  }
}
