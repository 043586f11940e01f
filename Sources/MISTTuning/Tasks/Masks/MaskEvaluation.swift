/// How well predicted maps agree with masks, over all labelled pixels of a split.
package struct MaskEvaluation: TaskEvaluation, Encodable {
  /// Images.
  package let count: Int
  /// Mean cross-entropy over the labelled positions of the output grid.
  package let loss: Double
  /// Pixels of class i predicted as class j, at `[i][j]`. Ignored pixels are left out.
  package let confusion: [[Int]]
  /// The mean IoU of resamples of the images (`ImageBootstrap`).
  package let resamples: [Double]

  package init(count: Int, loss: Double, confusion: [[Int]], resamples: [Double] = []) {
    self.count = count
    self.loss = loss
    self.confusion = confusion
    self.resamples = resamples
  }

  /// Labelled pixels.
  package var pixels: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

  /// Pixels of a class in the masks, and as predicted.
  package var truth: [Int] { confusion.map { $0.reduce(0, +) } }
  package var predicted: [Int] { confusion.indices.map { j in confusion.reduce(0) { $0 + $1[j] } } }

  /// Intersection over union per class; nil for a class that neither the masks nor the predictions have.
  package var classIoU: [Double?] {
    Self.classIoU(hits: confusion.indices.map { confusion[$0][$0] }, truth: truth, predicted: predicted)
  }

  /// Fraction of a class's pixels that are right; nil for a class without any.
  package var classAccuracy: [Double?] {
    zip(confusion.indices, truth).map { $1 == 0 ? nil : Double(confusion[$0][$0]) / Double($1) }
  }

  /// Mean of the classes' IoU, over those that have one.
  package var meanIoU: Double { Self.mean(classIoU) }
  /// Mean of the classes' accuracies, over those that have one.
  package var meanAccuracy: Double { Self.mean(classAccuracy) }
  /// Fraction of all labelled pixels that are right.
  package var pixelAccuracy: Double {
    let all = pixels
    return all == 0 ? 0 : Double(confusion.indices.reduce(0) { $0 + confusion[$1][$1] }) / Double(all)
  }

  /// Standard error of the mean IoU over images; nil without resamples.
  package var standardError: Double? { Self.deviation(resamples) }

  package var scoreError: Double? { standardError }

  package var figures: [Figure] {
    [
      Figure("meanIoU", label: "mIoU", meanIoU), Figure("meanAccuracy", label: nil, meanAccuracy),
      Figure("pixelAccuracy", label: "pixels", pixelAccuracy),
    ]
  }

  /// Everything: means cannot be averaged again.
  package var details: MaskEvaluation? { self }

  /// Standard error of this mean IoU less another's on the same images; nil without resamples.
  package func standardError(against other: MaskEvaluation) -> Double? {
    Self.deviation(zip(resamples, other.resamples).map { $0 - $1 })
  }

  static func classIoU(hits: [Int], truth: [Int], predicted: [Int]) -> [Double?] {
    hits.indices.map {
      let union = truth[$0] + predicted[$0] - hits[$0]
      return union == 0 ? nil : Double(hits[$0]) / Double(union)
    }
  }

  static func mean(_ values: [Double?]) -> Double {
    let present = values.compactMap { $0 }
    return present.isEmpty ? 0 : present.reduce(0, +) / Double(present.count)
  }

  private static func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}
