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
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    let head = try AnyHead.read(head)
    let store = try FeatureStore(path: features)
    switch head {
    case .classification(let head): try evaluate(head, store)
    case .maps(let head): try evaluate(head, store)
    }
  }

  var threadCount: Int { threads ?? ProcessFacts.processors }

  /// The split to measure. What training may have seen is said.
  func source(_ store: FeatureStore, task: FeatureTask) throws -> FeatureSplit {
    let names = store.manifest.splitNames
    let fallback = task == .segmentation && names.contains("val") && !names.contains("test") ? "val" : "test"
    let name = split ?? (names.count == 1 ? names[0] : fallback)
    let source = try store.split(name)
    if name != "test" {
      let figure = task == .segmentation ? "mIoU" : "accuracy"
      Console.note("training may have used '\(name)': its \(figure) says little about new images")
    }
    return source
  }

  static func confusion(_ matrix: [[Int]], _ classes: [String]) {
    guard classes.count <= 40 else {
      Console.line("\n(confusion matrix of \(classes.count) classes: --json)")
      return
    }
    Console.line("\nconfusion (rows: true class, columns: predicted class, in the same order)")
    var table = Table([("", .left)] + classes.indices.map { ("\($0)", .right) })
    for (i, row) in matrix.enumerated() { table.add(["\(i) \(classes[i])"] + row.map(String.init)) }
    table.print()
  }
}
