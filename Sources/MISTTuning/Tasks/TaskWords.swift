import MISTFeatures

/// What is told of a task's training and evaluation, in words and tables.
package protocol TaskWords {
  associatedtype Task: TuningTask
  associatedtype Report: Encodable

  /// What is trained on, as a sentence without its end.
  static func overview(_ data: TrainingData<Task>, _ manifest: StoreManifest) -> String
  /// A recipe's network and input, without how it is trained.
  static func choice(_ recipe: Recipe<Task>) -> String
  /// A recipe in a line.
  static func title(_ recipe: Recipe<Task>) -> String
  /// The columns of a recipe in the table of runs.
  static var columns: [ReportColumn<Recipe<Task>>] { get }
  /// What the fraction of right predictions while training is called.
  static var trainingAccuracy: String { get }
  /// Title of the score in the table of runs, behind `val`.
  static var shortScore: String { get }
  /// Decimals of the samples per second.
  static var throughputDecimals: Int { get }

  /// An evaluation in a line.
  static func headline(_ evaluation: Task.Evaluation, _ format: FigureFormat) -> String
  /// The table of classes: titles behind `class`, and a row per class.
  static func classTable(_ evaluation: Task.Evaluation, _ format: FigureFormat) -> (
    titles: [String], rows: [[String]]
  )
  /// An evaluation of `split` as JSON.
  static func report(_ evaluation: Task.Evaluation, split: String, classes: [String]) -> Report
  /// `[true][predicted]`; nil for a task without classes.
  static func confusion(_ evaluation: Task.Evaluation) -> [[Int]]?
  /// Whether a prediction is a class, which a list of samples can name.
  static var listsPredictions: Bool { get }
  /// Target and prediction of every sample, as classes; empty for a task whose predictions are no single class.
  static func predictions(_ evaluation: Task.Evaluation) -> [(target: Int, prediction: Int)]
}

/// A column of a table.
package struct ReportColumn<Row> {
  package let title: String
  package let isNumber: Bool
  package let text: (Row) -> String

  package init(_ title: String, isNumber: Bool = false, _ text: @escaping (Row) -> String) {
    self.title = title
    self.isNumber = isNumber
    self.text = text
  }
}

/// How the tool writes numbers.
package struct FigureFormat {
  /// A fraction as a percentage.
  package let percent: (Double) -> String
  /// A number with a fixed number of decimals.
  package let decimal: (Double, Int) -> String

  package init(percent: @escaping (Double) -> String, decimal: @escaping (Double, Int) -> String) {
    self.percent = percent
    self.decimal = decimal
  }
}
