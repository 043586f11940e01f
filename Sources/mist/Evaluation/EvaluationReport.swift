import MISTFeatures
import MISTFormats
import MISTTuning

/// An evaluation in lines and tables.
struct EvaluationReport<Task: TuningTask> {
  private let evaluation: Task.Evaluation
  private let split: FeatureSplit
  private let classes: [String]

  init(_ evaluation: Task.Evaluation, _ split: FeatureSplit, _ classes: [String]) {
    self.evaluation = evaluation
    self.split = split
    self.classes = classes
  }

  func print() {
    let format = FigureFormat(percent: Format.percent, decimal: Format.decimal)
    Console.line("\(split.name): \(Task.Words.headline(evaluation, format))")
    let (titles, rows) = Task.Words.classTable(evaluation, format)
    if !rows.isEmpty {
      Console.line()
      var table = Table([("class", .left)] + titles.map { ($0, .right) })
      for (name, row) in zip(classes, rows) { table.add([name] + row) }
      table.print()
    }
    if let confusion = Task.Words.confusion(evaluation) { print(confusion) }
  }

  private func print(_ confusion: [[Int]]) {
    guard classes.count <= 40 else {
      Console.line()
      Console.line("(confusion matrix of \(classes.count) classes: --json)")
      return
    }
    Console.line()
    Console.line("confusion (rows: true class, columns: predicted class, in the same order)")
    var table = Table([("", .left)] + classes.indices.map { ("\($0)", .right) })
    for (i, row) in confusion.enumerated() { table.add(["\(i) \(classes[i])"] + row.map(String.init)) }
    table.print()
  }

  /// Writes file, true class and predicted class per sample, whole or not at all. Throws `file.write-failed`.
  func writePredictions(to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write("file\tlabel\tprediction\n")
    for (i, (target, prediction)) in Task.Words.predictions(evaluation).enumerated() {
      let row = [split.file(of: i), classes[target], classes[prediction]].map(Format.field)
      try file.write(row.joined(separator: "\t") + "\n")
    }
    try file.commit()
  }
}
