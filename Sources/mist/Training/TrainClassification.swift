import Foundation
import MISTFeatures
import MISTFormats
import MISTTuning

extension Train {
  func trainClassification(_ store: FeatureStore) throws {
    try OptionRefusal.other(segmentation.given, task: .classification)
    let space = try classificationSpace()
    let seeds = try seeds()
    let (data, note) = try TrainingData.open(store, seed: seeds[0])
    if let note { Console.note(note) }
    let manifest = store.manifest
    let report = TrainingReport(Narrator(isJSON: json))
    report.narrator.line(
      "\(data.train.count) training and \(data.validation.count) validation samples, \(data.classes) classes, "
        + "[\(manifest.tokens), \(manifest.channels)] \(manifest.dtype.description)")
    let start = ContinuousClock.now
    let result = try Search(
      space: space, data: data, seeds: seeds, threads: threadCount, observe: report.observe
    ).run()
    let seconds = (ContinuousClock.now - start).seconds
    let best = result.head
    let head = try Head(
      description: HeadDescription(
        shape: best.shape, feature: best.trial.recipe.feature, classes: manifest.classes,
        model: .init(hash: manifest.model.hash, source: manifest.model.source),
        preprocessing: manifest.preprocessing, featureDType: manifest.dtype.description,
        training: .init(best.trial, data: data)),
      parameters: best.parameters)
    try head.write(to: output)
    if let log {
      try TrainingLog(
        features: features, runs: result.entries, chosen: result.chosen, reason: result.reason,
        seconds: seconds, ownMemory: report.ownMemory
      ).write(to: log)
    }
    report.summary(result, seconds: seconds, output: output)
    guard json else { return }
    let validation = result.heads.map {
      ClassificationValidation(
        seed: $0.trial.seed, accuracy: $0.trial.validationAccuracy, loss: $0.trial.validationLoss)
    }
    try Console.json(
      TrainingSummary(
        task: .classification, head: output, parameters: best.parameters.count, recipe: best.trial.recipe,
        keptEpoch: best.trial.keptEpoch, reason: result.reason, runs: result.entries.count,
        validation: validation, trainCount: data.train.count, validationCount: data.validation.count,
        seconds: seconds, ownMemory: report.ownMemory))
  }

  private func classificationSpace() throws -> SearchSpace {
    var space = SearchSpace()
    switch method {
    case .auto: space.methods = .auto
    case .linear: space.methods = .linear
    case .lae: space.methods = .lae
    case .mlp: try OptionRefusal.other(["--method mlp"], task: .classification)
    }
    space.style = recipe
    space.features = try choices()
    space.rates = try rates()
    space.epochs = epochs ?? space.epochs
    space.batch = batch ?? space.batch
    space.depth = depth ?? space.depth
    space.rank = rank ?? space.rank
    space.pooling = classification.pool ?? space.pooling
    space.inputNorm = inputNorm
    space.weightDecay = weightDecay
    space.labelSmoothing = classification.labelSmoothing
    space.dropout = dropout
    space.tokenFraction = classification.tokens
    space.patience = patience
    return space
  }
}
