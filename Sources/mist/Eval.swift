import ArgumentParser
import Foundation
import MISTFeatures
import MISTFormats
import MISTTuning

struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a head on stored features: accuracy, accuracy per class, confusion matrix.",
    discussion: """
      Refuses features of another model, gather depth, shape, preprocessing or class list than the head was trained on.

      Example:
        mist eval head.safetensors features --split test --predictions predictions.tsv
      """)

  @Argument(help: "A head file.")
  var head: String

  @Argument(help: "A feature store.")
  var features: String

  @Option(help: "The split to measure; by default test, or the only one there is.")
  var split: String?

  @Option(help: "Write file, true class and predicted class per sample to this file, separated by tabs.")
  var predictions: String?

  @Option(help: "Threads; by default one per processor.")
  var threads: Int?

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    let head = try Head.read(head)
    let store = try FeatureStore(path: features)
    do {
      try head.check(store.manifest)
    } catch let error as MISTError {
      throw error.inFile(features)
    }
    let name = split ?? (store.splits.count == 1 ? store.splits[0].name : "test")
    let source = try store.split(name)
    if name != "test" {
      Console.note("training may have used '\(name)': its accuracy says little about new images")
    }
    let data = FeatureSubset(try StoredSplit(source, manifest: store.manifest))
    let predictor = Predictor(
      shape: head.shape, feature: head.description.feature, threads: threads ?? ProcessFacts.processors)
    let evaluation = Evaluation(
      logits: try predictor.logits(data, parameters: head.parameters), labels: source.labels,
      classes: head.shape.classes)
    if let predictions { try write(evaluation, source, head.description.classes, to: predictions) }
    if json {
      try Console.json(Report(name, evaluation, head.description.classes))
    } else {
      print(evaluation, name, head.description.classes)
    }
  }

  private func write(_ evaluation: Evaluation, _ split: FeatureSplit, _ classes: [String], to path: String)
    throws
  {
    let file = try AtomicFile(path: path)
    try file.write("file\tlabel\tprediction\n")
    for (i, prediction) in evaluation.predictions.enumerated() {
      try file.write("\(split.file(of: i))\t\(classes[split.labels[i]])\t\(classes[prediction])\n")
    }
    try file.commit()
  }

  private func print(_ e: Evaluation, _ split: String, _ classes: [String]) {
    Console.line(
      "\(split): accuracy \(Format.percent(e.accuracy)) (\(e.correct) of \(e.count)), standard error "
        + "\(Format.percent(e.standardError)), loss \(Format.decimal(e.loss, 4))")
    Console.line()
    var perClass = Table([("class", .left), ("samples", .right), ("accuracy", .right)])
    for (i, accuracy) in e.classAccuracy.enumerated() {
      perClass.add([classes[i], "\(e.confusion[i].reduce(0, +))", accuracy.map(Format.percent) ?? "-"])
    }
    perClass.print()
    guard classes.count <= 40 else {
      Console.line("\n(confusion matrix of \(classes.count) classes: --json)")
      return
    }
    Console.line("\nconfusion (rows: true class, columns: predicted class, in the same order)")
    var matrix = Table([("", .left)] + classes.indices.map { ("\($0)", .right) })
    for (i, row) in e.confusion.enumerated() { matrix.add(["\(i) \(classes[i])"] + row.map(String.init)) }
    matrix.print()
  }

  private struct Report: Encodable {
    struct Class: Encodable {
      let name: String
      let samples: Int
      let accuracy: Double?
    }

    let split: String
    let samples: Int
    let correct: Int
    let accuracy: Double
    let standardError: Double
    let loss: Double
    let classes: [Class]
    /// `[true][predicted]`.
    let confusion: [[Int]]

    init(_ split: String, _ e: Evaluation, _ names: [String]) {
      self.split = split
      samples = e.count
      correct = e.correct
      accuracy = e.accuracy
      standardError = e.standardError
      loss = e.loss
      classes = zip(names, zip(e.confusion, e.classAccuracy)).map {
        Class(name: $0, samples: $1.0.reduce(0, +), accuracy: $1.1)
      }
      confusion = e.confusion
    }
  }
}
