import Foundation
import MISTEdge

/// One epoch of a run.
public struct EpochRecord: Codable, Sendable {
  /// From 1.
  public let epoch: Int
  /// Training loss and accuracy as met during the epoch (with dropout and token dropout, when used).
  public let loss: Double
  public let accuracy: Double
  public let validationLoss: Double
  public let validationAccuracy: Double
  /// Since the run began.
  public let seconds: Double
}

/// What one training run did.
public struct Trial: Codable, Sendable {
  public let recipe: Recipe
  public let seed: UInt64
  public let epochs: [EpochRecord]
  /// The epoch, from 1, whose parameters are the result.
  public let keptEpoch: Int
  /// Validation results of that epoch.
  public let validationLoss: Double
  public let validationAccuracy: Double
  public let seconds: Double
  /// Training samples per second, validation not counted.
  public let samplesPerSecond: Double
  public let parameterCount: Int

  /// Whether this one did better on validation: more right, or as many with less loss.
  public func isBetter(than other: Trial) -> Bool {
    (validationAccuracy, -validationLoss) > (other.validationAccuracy, -other.validationLoss)
  }
}

/// A trial and the parameters it ended with.
public struct TrainedHead: Sendable {
  public let trial: Trial
  public let shape: NetworkShape
  /// In the order of `ParameterTable`.
  public let parameters: [Float]
}

/// Training and validation samples of one feature store.
public struct TrainingData: Sendable {
  public let train: FeatureSubset
  public let validation: FeatureSubset
  public let classes: Int

  public init(train: FeatureSubset, validation: FeatureSubset, classes: Int) {
    self.train = train
    self.validation = validation
    self.classes = classes
  }
}

/// Runs recipes.
public enum TrainingRun {
  /// Trains a head by `recipe`, validating after every epoch; `onEpoch` hears of each.
  /// Throws `training.diverged`, and what reading features throws.
  public static func run(
    _ recipe: Recipe, data: TrainingData, seed: UInt64, threads: Int,
    onEpoch: (EpochRecord) -> Void = { _ in }
  ) throws -> TrainedHead {
    let features = data.train.features
    let shape = recipe.shape(
      tokens: features.tokens(of: recipe.feature), channels: features.channels, classes: data.classes)
    let trainer = HeadTrainer(recipe: recipe, shape: shape, seed: seed, threads: threads)
    let predictor = Predictor(shape: shape, feature: recipe.feature, threads: threads)
    let labels = data.validation.indices.map { data.validation.features.label($0) }
    let clock = ContinuousClock()
    let start = clock.now
    var training = Duration.zero
    var records: [EpochRecord] = []
    var kept: (record: EpochRecord, parameters: [Float])?
    for epoch in 0..<recipe.epochs {
      let began = clock.now
      let result = try trainer.runEpoch(epoch, data.train)
      training += clock.now - began
      let evaluation = Evaluation(
        logits: try predictor.logits(data.validation, parameters: trainer.parameters), labels: labels,
        classes: data.classes)
      let record = EpochRecord(
        epoch: epoch + 1, loss: result.loss, accuracy: result.accuracy, validationLoss: evaluation.loss,
        validationAccuracy: evaluation.accuracy, seconds: (clock.now - start).inSeconds)
      records.append(record)
      onEpoch(record)
      if let best = kept?.record, recipe.keep == .best,
        (best.validationAccuracy, -best.validationLoss) >= (record.validationAccuracy, -record.validationLoss)
      {
        if recipe.patience > 0 && record.epoch - best.epoch >= recipe.patience { break }
      } else {
        kept = (record, trainer.parameters)
      }
    }
    let samples = Double(records.count * data.train.count)
    let trial = Trial(
      recipe: recipe, seed: seed, epochs: records, keptEpoch: kept?.record.epoch ?? 0,
      validationLoss: kept?.record.validationLoss ?? .infinity,
      validationAccuracy: kept?.record.validationAccuracy ?? 0, seconds: (clock.now - start).inSeconds,
      samplesPerSecond: samples / max(training.inSeconds, 1e-9), parameterCount: trainer.parameters.count)
    return TrainedHead(trial: trial, shape: shape, parameters: kept?.parameters ?? trainer.parameters)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
