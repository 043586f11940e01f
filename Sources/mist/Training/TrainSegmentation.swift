import Foundation
import MISTFeatures
import MISTFormats
import MISTTuning

extension Train {
  func trainSegmentation(_ store: FeatureStore) throws {
    try OptionRefusal.other(classification.given, task: .segmentation)
    let space = try segmentationSpace()
    let seeds = try seeds()
    let (data, note) = try MapTrainingData.open(store, seed: seeds[0])
    if let note { Console.note(note) }
    let manifest = store.manifest
    let report = MapTrainingReport(Narrator(isJSON: json))
    let sizes = manifest.levels.map { "\($0.height)×\($0.width)×\($0.channels)" }
    report.narrator.line(
      "\(data.train.count) training samples of \(data.train.imageCount) images and \(data.validation.count) validation images, "
        + "\(data.classes) classes, maps \(sizes.joined(separator: ", ")) \(manifest.dtype.description)")
    let start = ContinuousClock.now
    let result = try MapSearch(
      space: space, data: data, seeds: seeds, threads: threadCount, observe: report.observe
    ).run()
    let seconds = (ContinuousClock.now - start).seconds
    let best = result.head
    try MapHead(trained: best, data: data, manifest: manifest).write(to: output)
    if let log {
      try TrainingLog(
        features: features, runs: result.entries, chosen: result.chosen, reason: result.reason,
        seconds: seconds, ownMemory: report.ownMemory
      ).write(to: log)
    }
    report.summary(result, seconds: seconds, output: output)
    guard json else { return }
    let validation = result.heads.map { MapValidation(seed: $0.trial.seed, $0.trial.validation) }
    try Console.json(
      TrainingSummary(
        task: .segmentation, head: output, parameters: best.parameters.count, recipe: best.trial.recipe,
        keptEpoch: best.trial.keptEpoch, reason: result.reason, runs: result.entries.count,
        validation: validation, trainCount: data.train.count, validationCount: data.validation.count,
        seconds: seconds, ownMemory: report.ownMemory))
  }

  private func segmentationSpace() throws -> MapSearchSpace {
    var space = MapSearchSpace()
    try OptionRefusal.require(
      method == .auto, "--head", given: segmentation.head != nil, "and --method both name a head")
    try OptionRefusal.require(
      method == .auto, "--lae", given: segmentation.lae != nil, "and --method both name a head")
    switch method {
    case .auto:
      (space.heads, space.attention) = (segmentation.head.map { [$0] }, segmentation.lae.map { [$0] })
    case .linear: (space.heads, space.attention) = ([.linear], [.none])
    case .mlp: (space.heads, space.attention) = ([.mlp], [.none])
    case .lae: (space.heads, space.attention) = ([.linear], [.final])
    }
    let isLinear = space.heads == [.linear] || (space.heads == nil && recipe == .plain)
    let attends = space.attention != [.none]
    for (name, given) in [("--rank", rank != nil), ("--depth", depth != nil)] {
      try OptionRefusal.require(attends, name, given: given, "concerns attention, and no candidate has any")
    }
    for (name, given) in [("--hidden", segmentation.hidden != nil), ("--dropout", dropout != nil)] {
      try OptionRefusal.require(
        !isLinear, name, given: given, "concerns the mlp head, which is not among the candidates")
    }
    space.style = recipe
    space.features = try choices()
    space.rates = try rates()
    space.epochs = epochs ?? space.epochs
    space.batch = batch ?? space.batch
    space.hidden = segmentation.hidden ?? space.hidden
    space.depth = depth ?? space.depth
    space.rank = rank ?? space.rank
    space.power = segmentation.power ?? space.power
    space.warmup = segmentation.warmup ?? space.warmup
    space.inputNorm = inputNorm
    space.weightDecay = weightDecay
    space.dropout = dropout
    space.patience = patience
    return space
  }
}
