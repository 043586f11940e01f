import MISTEdge
import MISTFeatures

/// One epoch of a run on maps.
public struct MapEpochRecord: Codable, Sendable {
  /// From 1.
  public let epoch: Int
  /// Training loss and pixel accuracy on the output grid, as met during the epoch (with dropout, when used).
  public let loss: Double
  public let accuracy: Double
  public let validationLoss: Double
  public let validationMeanIoU: Double
  public let validationPixelAccuracy: Double
  /// Since the run began.
  public let seconds: Double
}

/// What one training run on maps did.
public struct MapTrial: Codable, Sendable {
  public let recipe: MapRecipe
  public let seed: UInt64
  public let epochs: [MapEpochRecord]
  /// The epoch, from 1, whose parameters are the result.
  public let keptEpoch: Int
  /// Validation results of that epoch.
  public let validation: MapEvaluation
  public let seconds: Double
  /// Training images per second, validation not counted.
  public let samplesPerSecond: Double
  public let parameterCount: Int

  /// Whether this one did better on validation: a larger mean IoU, or as large a one with less loss.
  public func isBetter(than other: MapTrial) -> Bool { validation.isBetter(than: other.validation) }
}

extension MapEvaluation {
  func isBetter(than other: MapEvaluation) -> Bool { (meanIoU, -loss) > (other.meanIoU, -other.loss) }
}

/// A trial and the parameters it ended with.
public struct TrainedMapHead: Sendable {
  public let trial: MapTrial
  public let network: MapHeadDescription.Network
  /// In the order of `ParameterTable`.
  public let parameters: [Float]
}

/// Runs recipes on maps.
public enum MapTrainingRun {
  /// Trains a head by `recipe`, validating after every epoch; `onEpoch` hears of each.
  /// Throws `training.diverged`, and what reading features throws.
  public static func run(
    _ recipe: MapRecipe, data: MapTrainingData, seed: UInt64, threads: Int,
    onEpoch: (MapEpochRecord) -> Void = { _ in }
  ) throws -> TrainedMapHead {
    let maps = data.train.maps
    let network = recipe.network(maps.levels)
    let shape = network.shape(height: maps.maskHeight, width: maps.maskWidth, classes: data.classes)
    let trainer = MapTrainer(
      recipe: recipe, shape: shape, maskHeight: maps.maskHeight, maskWidth: maps.maskWidth, seed: seed,
      threads: threads)
    let predictor = MapPredictor(
      shape: shape, feature: recipe.feature, maskHeight: maps.maskHeight, maskWidth: maps.maskWidth,
      threads: threads)
    let clock = ContinuousClock()
    let start = clock.now
    var training = Duration.zero
    var records: [MapEpochRecord] = []
    var kept: (epoch: Int, validation: MapEvaluation, parameters: [Float])?
    for epoch in 0..<recipe.epochs {
      let began = clock.now
      let result = try trainer.runEpoch(epoch, data.train)
      training += clock.now - began
      let validation = try predictor.evaluate(data.validation, parameters: trainer.parameters)
      let record = MapEpochRecord(
        epoch: epoch + 1, loss: result.loss, accuracy: result.accuracy, validationLoss: validation.loss,
        validationMeanIoU: validation.meanIoU, validationPixelAccuracy: validation.pixelAccuracy,
        seconds: (clock.now - start).inSeconds)
      records.append(record)
      onEpoch(record)
      if let best = kept, recipe.keep == .best, !validation.isBetter(than: best.validation) {
        if recipe.patience > 0 && record.epoch - best.epoch >= recipe.patience { break }
      } else {
        kept = (record.epoch, validation, trainer.parameters)
      }
    }
    let samples = Double(records.count * data.train.count)
    let none = MapEvaluation(count: 0, loss: .infinity, confusion: [])
    let trial = MapTrial(
      recipe: recipe, seed: seed, epochs: records, keptEpoch: kept?.epoch ?? 0,
      validation: kept?.validation ?? none, seconds: (clock.now - start).inSeconds,
      samplesPerSecond: samples / max(training.inSeconds, 1e-9), parameterCount: trainer.parameters.count)
    return TrainedMapHead(
      trial: trial, network: network, parameters: kept?.parameters ?? trainer.parameters)
  }
}

extension MapHead {
  /// The head that a run ended with, as `data` of a store of this manifest made it. Throws the `head.` codes.
  public init(trained: TrainedMapHead, data: MapTrainingData, manifest: StoreManifest) throws {
    let trial = trained.trial
    try self.init(
      description: MapHeadDescription(
        network: trained.network, feature: trial.recipe.feature,
        input: [data.train.maps.maskHeight, data.train.maps.maskWidth], classes: manifest.classes,
        model: .init(hash: manifest.model.hash, source: manifest.model.source),
        preprocessing: manifest.preprocessing, featureDType: manifest.dtype.description,
        training: .init(
          recipe: trial.recipe, seed: trial.seed, keptEpoch: trial.keptEpoch, trainCount: data.train.count,
          validationCount: data.validation.count, validationMeanIoU: trial.validation.meanIoU,
          validationPixelAccuracy: trial.validation.pixelAccuracy, validationLoss: trial.validation.loss)),
      parameters: trained.parameters)
  }
}
