import MISTEdge
import MISTModels

/// Everything about a head on maps but its numbers: the JSON in the metadata of a head file of version 2 (`Formats/head.md`).
public struct MapHeadDescription: Codable, Hashable, Sendable {
  /// One level of the pyramid that the head reads, and the attention blocks on it.
  public struct Level: Codable, Hashable, Sendable {
    /// 1…4 by stride 4, 8, 16, 32 in SegFormer's pyramid; 1 for a ViT's only map.
    public var level: Int
    public var height: Int
    public var width: Int
    public var channels: Int
    /// Attention blocks, 0 for none.
    public var depth: Int
    /// Side of the windows over which keys and values are mean-pooled.
    public var reduction: Int

    public init(level: Int, height: Int, width: Int, channels: Int, depth: Int = 0, reduction: Int = 1) {
      self.level = level
      self.height = height
      self.width = width
      self.channels = channels
      self.depth = depth
      self.reduction = reduction
    }
  }

  /// `NetworkShape` in JSON, but for what the description says elsewhere.
  public struct Network: Codable, Hashable, Sendable {
    public var levels: [Level]
    public var hidden: Int
    public var rank: Int
    public var inputNorm: Bool
    public var norm: Bool
    public var epsilon: Float

    public init(
      levels: [Level], hidden: Int, rank: Int = 32, inputNorm: Bool, norm: Bool, epsilon: Float = 1e-6
    ) {
      self.levels = levels
      self.hidden = hidden
      self.rank = rank
      self.inputNorm = inputNorm
      self.norm = norm
      self.epsilon = epsilon
    }
  }

  /// How the head came to be, for people.
  public struct Training: Codable, Hashable, Sendable {
    public var recipe: MapRecipe
    public var seed: UInt64
    /// The epoch whose parameters these are.
    public var keptEpoch: Int
    public var trainCount: Int
    public var validationCount: Int
    /// Of that epoch: mean IoU, pixel accuracy, and mean cross-entropy on the output grid.
    public var validationMeanIoU: Double
    public var validationPixelAccuracy: Double
    public var validationLoss: Double
  }

  public var network: Network
  public var feature: FeatureChoice
  /// Height and width `[H, W]` of the model's input; logits are formed on `[⌈H/4⌉, ⌈W/4⌉]`.
  public var input: [Int]
  /// A name per class, in the order of the logits.
  public var classes: [String]
  public var model: HeadDescription.Model
  public var preprocessing: Preprocessing
  /// How the features were stored: `f32`, `f16` or `int8`.
  public var featureDType: String
  public var training: Training?

  public init(
    network: Network, feature: FeatureChoice, input: [Int], classes: [String], model: HeadDescription.Model,
    preprocessing: Preprocessing, featureDType: String, training: Training? = nil
  ) {
    self.network = network
    self.feature = feature
    self.input = input
    self.classes = classes
    self.model = model
    self.preprocessing = preprocessing
    self.featureDType = featureDType
    self.training = training
  }

  /// `check()` has passed, so `input` has two sizes.
  public var shape: NetworkShape {
    network.shape(height: input.first ?? 0, width: input.last ?? 0, classes: classes.count)
  }
}

extension MapHeadDescription.Network {
  /// The network for an input of `height` × `width` pixels: logits are formed on `[⌈height/4⌉, ⌈width/4⌉]`.
  public func shape(height: Int, width: Int, classes: Int) -> NetworkShape {
    NetworkShape(
      levels: levels.map {
        .init(
          height: $0.height, width: $0.width, channels: $0.channels, depth: $0.depth, reduction: $0.reduction)
      },
      outputHeight: (height + 3) / 4, outputWidth: (width + 3) / 4, classes: classes, hidden: hidden,
      rank: rank, inputNorm: inputNorm, norm: norm, epsilon: epsilon)
  }
}
