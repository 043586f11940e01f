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
struct TrainingSummary<Task: TuningTask>: Encodable {
  let task = Task.name
  /// The file that was written.
  let head: String
  let parameters: Int
  /// The chosen one, and the epoch that was kept.
  let recipe: Recipe<Task>
  let keptEpoch: Int
  let reason: String
  /// Training runs of the search.
  let runs: Int
  /// What could have been chosen and what it costs a device, the least to send first.
  let choices: [SearchChoice<Task>]
  /// Of the chosen recipe, per seed.
  let validation: [SeedResult]
  let trainCount: Int
  let validationCount: Int
  let seconds: Double
  let peakMemoryBytes = ProcessFacts.peakMemory
  /// Without mapped features.
  let ownMemoryBytes: Int

  init(
    _ result: SearchResult<Task>, _ data: TrainingData<Task>, head: String, seconds: Double, ownMemory: Int
  ) {
    let best = result.head
    self.head = head
    parameters = best.parameters.count
    recipe = best.trial.recipe
    keptEpoch = best.trial.keptEpoch
    reason = result.reason
    runs = result.entries.count
    choices = result.choices
    validation = result.heads.map {
      SeedResult(
        seed: $0.trial.seed, loss: $0.trial.validation.loss, figures: $0.trial.validation.figures)
    }
    trainCount = data.train.count
    validationCount = data.validation.count
    self.seconds = seconds
    ownMemoryBytes = ownMemory
  }

  /// Seed, loss, and every figure under its own name.
  struct SeedResult: Encodable {
    let seed: UInt64
    let loss: Double
    let figures: [Figure]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: FigureKey.self)
      try container.encode(seed, forKey: FigureKey("seed"))
      try container.encode(loss, forKey: FigureKey("loss"))
      for figure in figures { try container.encode(figure.value, forKey: FigureKey(figure.key)) }
    }
  }
}
