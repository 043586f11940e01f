import MISTEdge
import MISTFormats

/// Runs recipes.
package enum TrainingRun<Task: TuningTask> {
  /// Trains a head by `recipe`, validating after every epoch; `onEpoch` hears of each.
  /// Throws `training.impossible-network`, `training.unsupported-model`, `export.too-large`, `memory.insufficient`, `training.diverged`, and what reading features throws.
  package static func run(
    _ recipe: Recipe<Task>, data: TrainingData<Task>, seed: UInt64, threads: Int,
    onEpoch: (EpochRecord) -> Void = { _ in }
  ) throws -> TrainedHead<Task> {
    let targets = data.train.targets
    let shape = try data.network(recipe)
    try check(shape, recipe)
    try TrainingLimits.requireBundle(shape)
    try Trainer<Task>.requireMemory(recipe, shape, samples: data.train.count, threads: threads)
    let trainer = try Trainer(
      recipe: recipe, shape: shape, targets: targets, seed: seed, threads: threads,
      start: data.model?.startingWeights(shape))
    let predictor = trainer.predictor(threads: threads)
    let clock = ContinuousClock()
    let start = clock.now
    var training = Duration.zero
    var records: [EpochRecord] = []
    var kept: (epoch: Int, validation: Task.Evaluation, parameters: [Float])?
    for epoch in 0..<recipe.epochs {
      let began = clock.now
      let result = try trainer.runEpoch(epoch, data.train)
      training += clock.now - began
      let validation = try Task.evaluate(predictor, data.validation, trainer.parameters)
      guard validation.loss.isFinite else {
        throw MISTError(
          .trainingDiverged, "the validation loss is no longer finite in epoch \(epoch + 1)",
          advice: "lower the learning rate")
      }
      let record = EpochRecord(
        epoch: epoch + 1, loss: result.loss, accuracy: result.accuracy, validation: validation.kept,
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
    let parameters = kept?.parameters ?? trainer.parameters
    let trial = Trial(
      recipe: recipe, seed: seed, epochs: records, keptEpoch: kept?.epoch ?? 0,
      validation: try kept?.validation ?? Task.evaluate(predictor, data.validation, parameters),
      seconds: (clock.now - start).inSeconds, samplesPerSecond: samples / max(training.inSeconds, 1e-9),
      parameterCount: parameters.count)
    return TrainedHead(trial: trial, shape: shape, parameters: parameters)
  }

  /// Throws `training.impossible-network` when the recipe's parts do not go together.
  private static func check(_ shape: NetworkShape, _ recipe: Recipe<Task>) throws {
    guard let flaw = shape.flaw else { return }
    let title = Task.Words.title(recipe)
    let (problem, advice) =
      switch flaw {
      case .queries:
        (
          "no network of \(title) reads features of \(shape.channels) channels",
          "name a number of queries that divides the channels"
        )
      case .classToken:
        (
          "\(title) would train nothing: a convolution does not reach the class token, which alone is read",
          "read all tokens with --pool mean"
        )
      case .grid:
        (
          "\(title) needs tokens that are a map, and it is not known how these lie",
          "extract at a fixed size of the image, or name another --block"
        )
      case .concat:
        (
          "no network of \(title) reads tokens one after another",
          "use --method linear with --pool concat, without an input norm"
        )
      case .stages:
        (
          "\(title) reads one input, and \(recipe.feature.label) has \(shape.streams.count)",
          "use --pool concat with layer tokens of stages, and --method lst or last with a ladder"
        )
      case .maps:
        ("\(title) is not there for maps", "leave --block out")
      case .body:
        (
          "no network of \(title) reads \(shape.streams.count) maps of \(shape.channels) channels",
          "name another --method or --k"
        )
      }
    throw MISTError(.trainingImpossibleNetwork, problem, advice: advice)
  }
}

extension ErrorCode {
  /// The recipe's sizes do not go with the features'.
  package static let trainingImpossibleNetwork = ErrorCode("training.impossible-network", exit: .usage)
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
