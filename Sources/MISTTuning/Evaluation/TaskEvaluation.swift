import MISTFormats

/// How well predictions agree with targets: what validation chooses by, and what is reported.
package protocol TaskEvaluation: Sendable {
  associatedtype Details: Encodable
  /// Samples.
  var count: Int { get }
  /// Mean loss.
  var loss: Double { get }
  /// Figures for people, larger is better; heads are compared by the first.
  var figures: [Figure] { get }
  /// Standard error of this one's first figure less another's on the same samples; nil where it is not known.
  func standardError(against other: Self) -> Double?
  /// That of the first figure itself.
  var scoreError: Double? { get }
  /// What a training log says of the kept epoch instead of the figures; nil for nothing else.
  var details: Details? { get }
}

/// One named number of an evaluation, a fraction.
package struct Figure: Sendable {
  /// As in JSON: `meanIoU`.
  package let key: String
  /// As in tables: `mIoU`; nil for what is not told of every epoch, nor kept with a head.
  package let label: String?
  package let value: Double

  package init(_ key: String, label: String?, _ value: Double) {
    self.key = key
    self.label = label
    self.value = value
  }
}

extension TaskEvaluation {
  /// What heads are compared by.
  package var score: Double { figures[0].value }

  /// Whether this one is better: a larger score, or as large a one with less loss.
  package func isBetter(than other: Self) -> Bool { (score, -loss) > (other.score, -other.loss) }

  /// Throws `evaluation.not-finite` where the loss of a head on `file`'s features is no number; `place` says of what.
  package func checkFinite(file: String, at place: String) throws {
    guard !loss.isFinite else { return }
    throw MISTError(
      .evaluationNotFinite, file: file, at: place,
      "the head's loss is \(loss): its outputs are beyond the range of numbers",
      advice: "train the head again on these features")
  }

  /// What every epoch and a head's file keep of it.
  package var kept: ValidationFigures {
    ValidationFigures(loss: loss, figures: figures.filter { $0.label != nil })
  }
}

/// Loss and figures on the validation samples. In JSON `validationLoss`, `validationMeanIoU` … among the fields of what they
/// belong to.
package struct ValidationFigures: Encodable, Sendable {
  package let loss: Double
  package let figures: [Figure]

  /// What heads are compared by.
  package var score: Double { figures.first?.value ?? 0 }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: FigureKey.self)
    try container.encode(loss, forKey: FigureKey(validation: "loss"))
    for figure in figures { try container.encode(figure.value, forKey: FigureKey(validation: figure.key)) }
  }
}

/// The name of a figure in JSON.
package struct FigureKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(_ name: String) { stringValue = name }
  /// That of a figure on the validation samples: `validationMeanIoU`.
  package init(validation figure: String) {
    self.init("validation" + figure.prefix(1).uppercased() + figure.dropFirst())
  }
  package init?(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }

  /// The figure on the validation samples that it names; nil for another key.
  package var figure: String? {
    guard stringValue.hasPrefix("validation") else { return nil }
    let name = stringValue.dropFirst("validation".count)
    return name.prefix(1).lowercased() + name.dropFirst()
  }
}

extension ErrorCode {
  /// Finite features and parameters gave outputs that are not.
  package static let evaluationNotFinite = ErrorCode("evaluation.not-finite")
}
