import MISTEdge

/// Mean cross-entropy over the samples of a batch, with label smoothing.
package final class ClassObjective: Objective, @unchecked Sendable {
  private let classes: Int
  private let smoothing: Float
  /// Of the batch at hand.
  private var labels: [Int] = []

  package init(_ recipe: Recipe<Classes>, _ shape: NetworkShape, targets: [Int], threads: Int) {
    classes = shape.classes
    smoothing = recipe.labelSmoothing
  }

  package func begin(_ batch: [Int], _ targets: [Int]) -> BatchShare? {
    labels = batch.map { targets[$0] }
    return BatchShare(weight: 1 / Float(batch.count), predictions: batch.count, count: batch.count)
  }

  package func hasTarget(_ place: Int) -> Bool { true }

  package func loss(_ place: Int, logits: UnsafeMutablePointer<Float>, weight: Float) -> (
    loss: Double, correct: Int
  ) {
    let label = labels[place]
    let correct = Classes.prediction(logits, classes: classes) == label ? 1 : 0
    let loss = SoftmaxCrossEntropy.loss(
      logits: logits, classes: classes, label: label, smoothing: smoothing, weight: weight, dLogits: logits)
    return (Double(loss), correct)
  }
}

extension Classes {
  /// The class with the largest logit, the first of equals.
  static func prediction(_ logits: UnsafePointer<Float>, classes: Int) -> Int {
    var best = 0
    for i in 1..<max(classes, 1) where logits[i] > logits[best] { best = i }
    return best
  }
}
