import ArgumentParser
import Foundation
import MISTFeatures
import MISTFormats
import MISTTuning

struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a head on stored features: accuracy, or IoU per class, and the confusion matrix.",
    discussion: """
      Classification: accuracy, and accuracy per class. Segmentation: mean IoU, mean accuracy and pixel accuracy over all
      labelled pixels of the split, at the size of the stored masks. Refuses features of another model, gather depth, shape,
      preprocessing or class list than the head was trained on.

      Examples:
        mist eval head.safetensors features --split test --predictions predictions.tsv
        mist eval head.safetensors scenes --json
      """)

  @Argument(help: "A head file.")
  var head: String

  @Argument(help: "A feature store.")
  var features: String

  @Option(help: "The split to measure; by default test, else val, else the only one there is.")
  var split: String?

  @Option(
    help:
      "Classification: write file, true class and predicted class per sample to this file, separated by tabs."
  )
  var predictions: String?

  @Option(help: "Threads; by default one per processor.")
  var threads: Int?

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  func validate() throws {
    try NumberOption.check("threads", threads, NumberOption.threads)
  }

  func run() throws {
    let head = try Head.read(head)
    let store = try FeatureStore(path: features)
    try predictions.map(InputFiles.check)
    try evaluate(TaskRegistry.task(head.description.task), head, store)
  }

  var threadCount: Int { threads ?? ProcessFacts.processors }

  private func evaluate<Task: TuningTask>(_ task: Task.Type, _ head: Head, _ store: FeatureStore) throws {
    guard predictions == nil || Task.Words.listsPredictions else {
      throw MISTError(
        .usage,
        "--predictions is an option of classification, and this head is for \(Task.name.rawValue)",
        advice: "mist predict writes masks")
    }
    try head.check(store)
    if let note = store.manifest.precision.note(trained: head.description.precision) { Console.note(note) }
    let split = try source(store)
    let samples = try Samples<Task>(split, of: store).whole
    guard samples.count > 0 else {
      throw MISTError(
        .trainingTooFewSamples, file: features, "split '\(split.name)' has no \(Task.samples)")
    }
    do {
      try samples.checkTargets("split '\(split.name)'")
    } catch let error as MISTError {
      throw error.inFile(features)
    }
    try HeadMemory.requirePrediction(head.shape, threads: threadCount)
    let evaluation = try Predictor<Task>(
      shape: head.shape, feature: head.description.feature, threads: threadCount
    ).evaluate(samples, parameters: head.parameters)
    try evaluation.checkFinite(file: features, at: "split '\(split.name)'")
    if split.name != "test" {
      Console.note(
        "training may have used '\(split.name)': its \(evaluation.scoreLabel) says little about new images")
    }
    let report = EvaluationReport<Task>(evaluation, split, head.description.classes)
    if let predictions { try report.writePredictions(to: predictions) }
    if json {
      try Console.json(Task.Words.report(evaluation, split: split.name, classes: head.description.classes))
    } else {
      report.print()
    }
  }

  /// The split to measure.
  private func source(_ store: FeatureStore) throws -> FeatureSplit {
    let names = store.manifest.splitNames
    let fallback = names.contains("val") && !names.contains("test") ? "val" : "test"
    return try store.split(split ?? (names.count == 1 ? names[0] : fallback))
  }
}
