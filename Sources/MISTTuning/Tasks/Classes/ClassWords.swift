import MISTEdge
import MISTFeatures

/// What is told of training and evaluating classifiers.
package enum ClassWords: TaskWords {
  package static func overview(_ data: TrainingData<Classes>, _ manifest: StoreManifest) -> String {
    "\(data.train.count) training and \(data.validation.count) validation samples, \(data.classes) classes, "
      + "[\(manifest.tokens), \(manifest.channels)] \(manifest.dtype.description)"
  }

  package static func choice(_ r: Recipe<Classes>) -> String {
    "\(network(r)) on \(r.feature.label), \(pooling(r.pooling))"
  }

  package static func title(_ r: Recipe<Classes>) -> String {
    "\(choice(r)), lr \(r.rate), \(regularisation(r))"
      + (r.inputNorm ? ", input norm" : "") + ", \(r.epochs) epochs"
  }

  private static func network(_ r: Recipe<Classes>) -> String {
    switch r.method {
    case .lae: break
    case .last: return "last (rank \(r.rank))"
    case .linear, .partial1, .lst: return r.method.rawValue
    }
    let rank = r.function.hasRank ? ", \(r.function.rankTitle) \(r.rank)" : ""
    return r.function == .attention
      ? "lae (\(r.depth) blocks\(rank))" : "\(r.function.name) (\(r.depth) blocks\(rank))"
  }

  private static func pooling(_ pooling: Pooling) -> String {
    let queries = pooling.stored.queries
    return "\(pooling.name) pooling" + (queries > 0 ? " (\(queries) queries)" : "")
  }

  package static var columns: [ReportColumn<Recipe<Classes>>] {
    [
      ReportColumn("method") {
        $0.method == .lae && $0.function != .attention ? $0.function.name.description : $0.method.rawValue
      },
      ReportColumn("input") { $0.feature.label },
      ReportColumn("lr", isNumber: true) { "\($0.rate)" },
      ReportColumn("regularisation", regularisation),
      ReportColumn("norm") { $0.inputNorm ? "yes" : "no" },
    ]
  }

  private static func regularisation(_ r: Recipe<Classes>) -> String {
    guard r.isRegularised else { return "none" }
    var parts: [String] = []
    if r.weightDecay > 0 { parts.append("wd \(r.weightDecay)") }
    if r.labelSmoothing > 0 { parts.append("ls \(r.labelSmoothing)") }
    if r.dropout > 0 { parts.append("drop \(r.dropout)") }
    if r.tokenFraction < 1 { parts.append("tokens \(r.tokenFraction)") }
    return parts.joined(separator: " ")
  }

  package static let trainingAccuracy = "accuracy"
  package static let shortScore = "acc"
  package static let throughputDecimals = 0

  package static func headline(_ e: ClassEvaluation, _ format: FigureFormat) -> String {
    "accuracy \(format.percent(e.accuracy)) (\(e.correct) of \(e.count)), standard error "
      + "\(format.percent(e.standardError)), loss \(format.decimal(e.loss, 4))"
  }

  package static func classTable(_ e: ClassEvaluation, _ format: FigureFormat) -> (
    titles: [String], rows: [[String]]
  ) {
    (
      ["samples", "accuracy"],
      zip(e.perClass, e.classAccuracy).map { ["\($0.samples)", $1.map(format.percent) ?? "-"] }
    )
  }

  package static func confusion(_ e: ClassEvaluation) -> [[Int]]? { e.confusion }

  package static let listsPredictions = true

  package static func predictions(_ e: ClassEvaluation) -> [(target: Int, prediction: Int)] {
    Array(zip(e.labels, e.predictions))
  }

  package static func report(_ e: ClassEvaluation, split: String, classes: [String]) -> ClassReport {
    ClassReport(
      split: split, samples: e.count, correct: e.correct, accuracy: e.accuracy,
      standardError: e.standardError, loss: e.loss,
      classes: zip(classes, zip(e.perClass, e.classAccuracy)).map {
        .init(name: $0, samples: $1.0.samples, accuracy: $1.1)
      }, confusion: e.confusion)
  }
}

/// What `mist eval --json` says of a classifier.
package struct ClassReport: Encodable {
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
}
