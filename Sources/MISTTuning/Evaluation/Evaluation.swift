import MISTEdge

/// How well predictions agree with labels.
public struct Evaluation: Codable, Sendable {
  /// Samples.
  public let count: Int
  public let correct: Int
  /// Mean cross-entropy.
  public let loss: Double
  /// Samples of class i predicted as class j, at `[i][j]`.
  public let confusion: [[Int]]
  /// The predicted class of every sample.
  public let predictions: [Int]

  /// Fraction of the samples that are right.
  public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// The same per class; nil for a class without samples.
  public var classAccuracy: [Double?] {
    confusion.enumerated().map { i, row in
      let total = row.reduce(0, +)
      return total == 0 ? nil : Double(row[i]) / Double(total)
    }
  }

  /// Standard error of the accuracy, as of independent samples.
  public var standardError: Double {
    count == 0 ? 0 : (accuracy * (1 - accuracy) / Double(count)).squareRoot()
  }

  /// From logits `[count, classes]` and one label per row, each in `0 ..< classes`.
  public init(logits: [Float], labels: [Int], classes: Int) {
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var predictions: [Int] = []
    var loss = 0.0
    var scratch = [Float](repeating: 0, count: classes)
    logits.withUnsafeBufferPointer { all in
      guard let base = all.baseAddress else { return }
      for (i, label) in labels.enumerated() {
        let row = base + i * classes
        var best = 0
        for j in 0..<classes where row[j] > row[best] { best = j }
        predictions.append(best)
        confusion[label][best] += 1
        loss += Double(
          SoftmaxCrossEntropy.loss(logits: row, classes: classes, label: label, dLogits: &scratch))
      }
    }
    count = labels.count
    correct = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    self.loss = labels.isEmpty ? 0 : loss / Double(labels.count)
    self.confusion = confusion
    self.predictions = predictions
  }
}
