import MISTEdge
import MISTModels

/// Everything about a trained head but its numbers: the JSON in a head file's metadata (`Formats/head.md`).
public struct HeadDescription: Codable, Hashable, Sendable {
  /// `NetworkShape` in JSON.
  public struct Network: Codable, Hashable, Sendable {
    public enum Pooling: String, Codable, Sendable { case cls, mean }

    public var tokens: Int
    public var channels: Int
    public var depth: Int
    public var rank: Int
    public var pooling: Pooling
    public var inputNorm: Bool
    public var epsilon: Float

    public init(_ shape: NetworkShape) {
      tokens = shape.tokens
      channels = shape.channels
      depth = shape.depth
      rank = shape.rank
      pooling = shape.pooling == .cls ? .cls : .mean
      inputNorm = shape.inputNorm
      epsilon = shape.epsilon
    }
  }

  /// The backbone whose features the head reads.
  public struct Model: Codable, Hashable, Sendable {
    /// Lower-case hex SHA-256 (`CanonicalCheckpoint.modelHash`).
    public var hash: String
    /// The file's name at the time, for people.
    public var source: String

    public init(hash: String, source: String) {
      self.hash = hash
      self.source = source
    }
  }

  /// How the head came to be, for people.
  public struct Training: Codable, Hashable, Sendable {
    public var recipe: Recipe
    public var seed: UInt64
    /// The epoch whose parameters these are.
    public var keptEpoch: Int
    public var trainCount: Int
    public var validationCount: Int
    public var validationAccuracy: Double
    public var validationLoss: Double

    public init(_ trial: Trial, data: TrainingData) {
      recipe = trial.recipe
      seed = trial.seed
      keptEpoch = trial.keptEpoch
      trainCount = data.train.count
      validationCount = data.validation.count
      validationAccuracy = trial.validationAccuracy
      validationLoss = trial.validationLoss
    }
  }

  public var network: Network
  public var feature: FeatureChoice
  /// A name per class, in the order of the logits.
  public var classes: [String]
  public var model: Model
  public var preprocessing: Preprocessing
  /// How the features were stored: `f32`, `f16` or `int8`.
  public var featureDType: String
  public var training: Training?

  public init(
    shape: NetworkShape, feature: FeatureChoice, classes: [String], model: Model,
    preprocessing: Preprocessing,
    featureDType: String, training: Training? = nil
  ) {
    network = Network(shape)
    self.feature = feature
    self.classes = classes
    self.model = model
    self.preprocessing = preprocessing
    self.featureDType = featureDType
    self.training = training
  }

  public var shape: NetworkShape {
    NetworkShape(
      tokens: network.tokens, channels: network.channels, classes: classes.count, depth: network.depth,
      rank: network.rank, pooling: network.pooling == .cls ? .cls : .mean, inputNorm: network.inputNorm,
      epsilon: network.epsilon)
  }
}
