import MISTEdge

/// Prints a sample's classes and counts the right ones.
struct RunReport {
  private let options: Options
  private let labels: BundleLabels
  private let out: Output
  private var samples = 0
  private var labelled = 0
  private var correct = 0

  init(options: Options, labels: BundleLabels, out: Output) {
    self.options = options
    self.labels = labels
    self.out = out
  }

  /// Takes the logits `[classes]` of the next sample, which become probabilities.
  mutating func sample(_ logits: UnsafeMutablePointer<Float>, label: Int?) {
    let classes = labels.count
    // Ranked by logit: two probabilities may round to the same number.
    var best: Int?
    var ranked: [Int] = []
    for _ in 0..<min(options.top ?? 1, classes) {
      best = Prediction.next(logits, count: classes, after: best)
      if let best { ranked.append(best) }
    }
    Prediction.probabilities(logits, count: classes)
    if let label {
      labelled += 1
      if ranked.first == label { correct += 1 }
    }
    if options.json {
      json(ranked, logits, label)
    } else {
      for index in ranked { line(index, logits[index]) }
    }
    samples += 1
  }

  private func line(_ index: Int, _ probability: Float) {
    if !options.labelsOnly {
      out.number(samples)
      out.text("\t")
      out.number(index)
      out.text("\t")
    }
    out.shown(labels[index])
    if !options.labelsOnly {
      out.text("\t")
      out.fixed(Double(probability), decimals: 6)
    }
    out.line()
  }

  private func json(_ ranked: [Int], _ probabilities: UnsafePointer<Float>, _ label: Int?) {
    out.key("index", opening: true)
    out.number(samples)
    if let label {
      out.key("truth")
      out.number(label)
    }
    out.key("classes")
    out.text("[")
    for (place, index) in ranked.enumerated() {
      if place > 0 { out.text(",") }
      out.key("class", opening: true)
      out.number(index)
      out.key("label")
      out.quoted(labels[index])
      out.key("probability")
      out.jsonNumber(probabilities[index])
      out.text("}")
    }
    out.line("]}")
  }

  /// Prints the accuracy, if any sample had a label.
  func end() {
    guard labelled > 0, !options.labelsOnly else { return }
    let accuracy = Double(correct) / Double(labelled)
    if options.json {
      out.key("accuracy", opening: true)
      out.fixed(accuracy, decimals: 6)
      out.key("correct")
      out.number(correct)
      out.key("samples")
      out.number(labelled)
      out.line("}")
    } else {
      out.text("accuracy ")
      out.fixed(100 * accuracy, decimals: 2)
      out.text(" % (")
      out.number(correct)
      out.text(" of ")
      out.number(labelled)
      out.line(")")
    }
  }
}
