import MISTFeatures
import MISTFormats
import MISTTuning

extension Eval {
  func evaluate(_ head: Head, _ store: FeatureStore) throws {
    do {
      try head.check(store.manifest)
    } catch let error as MISTError {
      throw error.inFile(features)
    }
    let source = try source(store, task: .classification)
    let data = FeatureSubset(try StoredSplit(source, manifest: store.manifest))
    let predictor = Predictor(
      shape: head.shape, feature: head.description.feature, threads: threadCount)
    let evaluation = Evaluation(
      logits: try predictor.logits(data, parameters: head.parameters), labels: source.labels,
      classes: head.shape.classes)
    if let predictions { try write(evaluation, source, head.description.classes, to: predictions) }
    if json {
      try Console.json(ClassificationReport(source.name, evaluation, head.description.classes))
    } else {
      print(evaluation, source.name, head.description.classes)
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
    Self.confusion(e.confusion, classes)
  }
}

private struct ClassificationReport: Encodable {
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
