import MISTEdge

/// How well predicted classes agree with labels.
package struct ClassEvaluation: TaskEvaluation {
  package let correct: Int
  /// Mean cross-entropy.
  package let loss: Double
  /// The class of every sample, and the predicted one.
  package let labels: [Int]
  package let predictions: [Int]
  private let classes: Int

  /// From logits `[count, classes]` and one label per row, each in `0 ..< classes`.
  package init(logits: [Float], labels: [Int], classes: Int) {
    var predictions: [Int] = []
    var loss = 0.0
    var scratch = [Float](repeating: 0, count: classes)
    logits.withUnsafeBufferPointer { all in
      guard let base = all.baseAddress else { return }
      for (i, label) in labels.enumerated() {
        let row = base + i * classes
        predictions.append(Classes.prediction(row, classes: classes))
        loss += Double(
          SoftmaxCrossEntropy.loss(logits: row, classes: classes, label: label, dLogits: &scratch))
      }
    }
    correct = zip(labels, predictions).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
    self.loss = labels.isEmpty ? 0 : loss / Double(labels.count)
    self.labels = labels
    self.predictions = predictions
    self.classes = classes
  }

  package var count: Int { labels.count }

  /// Fraction of the samples that are right.
  package var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// Samples of class i predicted as class j, at `[i][j]`.
  package var confusion: [[Int]] {
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for (label, prediction) in zip(labels, predictions) { confusion[label][prediction] += 1 }
    return confusion
  }

  /// Samples and right ones per class.
  package var perClass: [(samples: Int, correct: Int)] {
    var counts = [(samples: Int, correct: Int)](repeating: (0, 0), count: classes)
    for (label, prediction) in zip(labels, predictions) {
      counts[label].samples += 1
      if label == prediction { counts[label].correct += 1 }
    }
    return counts
  }

  /// The accuracy per class; nil for a class without samples.
  package var classAccuracy: [Double?] {
    perClass.map { $0.samples == 0 ? nil : Double($0.correct) / Double($0.samples) }
  }

  /// Standard error of the accuracy, as of independent samples.
  package var standardError: Double {
    count == 0 ? 0 : (accuracy * (1 - accuracy) / Double(count)).squareRoot()
  }

  package var scoreError: Double? { standardError }

  package var figures: [Figure] { [Figure("accuracy", label: "accuracy", accuracy)] }

  /// That of the other's accuracy. One success and one failure are added, so that a handful of samples all right or all wrong is
  /// no certainty.
  package func standardError(against other: ClassEvaluation) -> Double? {
    let n = Double(other.count)
    let p = (other.accuracy * n + 1) / (n + 2)
    return (p * (1 - p) / (n + 2)).squareRoot()
  }

  /// The figures say all that a log needs.
  package var details: Never? { nil }
}
