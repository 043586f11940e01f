import MISTFeatures
import MISTTuning

/// Where a training's words go: standard output, or standard error when that is to hold JSON alone.
struct Narrator {
  let isJSON: Bool

  func line(_ text: String = "") { isJSON ? Console.note(text) : Console.line(text) }

  func table(_ table: Table) {
    for row in table.lines { line(row) }
  }
}

/// What `mist train --json` prints at the end.
struct TrainingSummary<Recipe: Encodable, Validation: Encodable>: Encodable {
  let task: FeatureTask
  /// The file that was written.
  let head: String
  let parameters: Int
  /// The chosen one, and the epoch that was kept.
  let recipe: Recipe
  let keptEpoch: Int
  let reason: String
  /// Training runs of the search.
  let runs: Int
  /// Of the chosen recipe, per seed.
  let validation: [Validation]
  let trainCount: Int
  let validationCount: Int
  let seconds: Double
  let peakMemoryBytes = ProcessFacts.peakMemory
  /// Without mapped features.
  let ownMemoryBytes: Int

  init(
    task: FeatureTask, head: String, parameters: Int, recipe: Recipe, keptEpoch: Int, reason: String,
    runs: Int,
    validation: [Validation], trainCount: Int, validationCount: Int, seconds: Double, ownMemory: Int
  ) {
    self.task = task
    self.head = head
    self.parameters = parameters
    self.recipe = recipe
    self.keptEpoch = keptEpoch
    self.reason = reason
    self.runs = runs
    self.validation = validation
    self.trainCount = trainCount
    self.validationCount = validationCount
    self.seconds = seconds
    ownMemoryBytes = ownMemory
  }
}

struct ClassificationValidation: Encodable {
  let seed: UInt64
  let accuracy: Double
  let loss: Double
}

struct MapValidation: Encodable {
  let seed: UInt64
  let meanIoU: Double
  let meanAccuracy: Double
  let pixelAccuracy: Double
  let loss: Double

  init(seed: UInt64, _ evaluation: MapEvaluation) {
    self.seed = seed
    meanIoU = evaluation.meanIoU
    meanAccuracy = evaluation.meanAccuracy
    pixelAccuracy = evaluation.pixelAccuracy
    loss = evaluation.loss
  }
}
