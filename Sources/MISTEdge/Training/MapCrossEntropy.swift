/// Softmax cross-entropy over the positions of a map, some of which have no label.
public enum MapCrossEntropy {
  /// The loss of `positions` rows of `logits` `[positions, classes]`, and its gradient.
  ///
  /// - Parameters:
  ///   - labels: `[positions]`. Those equal to `ignore`, or not below `classes`, count for nothing.
  ///   - weight: Factor of loss and gradient: one over the labelled positions of the batch.
  ///   - dLogits: Receives the gradient `[positions, classes]`, 0 where there is no label. May be `logits` itself.
  /// - Returns: The sum of the losses times `weight`, the number of labelled positions, and at how many of them the first of the
  ///   largest logits is the label's.
  public static func loss(
    logits: UnsafePointer<Float>, labels: UnsafePointer<UInt8>, positions: Int, classes: Int,
    ignore: UInt8 = 255,
    weight: Float, dLogits: UnsafeMutablePointer<Float>
  ) -> (loss: Float, counted: Int, correct: Int) {
    var loss = 0.0
    var (counted, correct) = (0, 0)
    for p in 0..<positions {
      let d = dLogits + p * classes
      let label = Int(labels[p])
      guard labels[p] != ignore && label < classes else {
        d.update(repeating: 0, count: classes)
        continue
      }
      let row = logits + p * classes
      let own = row[label]
      let best = largest(row, classes)
      counted += 1
      correct += best.index == label ? 1 : 0
      let total = exponentials(row, minus: best.value, into: d, classes)
      loss += Double(logarithm(total) + best.value - own)
      scale(d, by: weight / total, classes)
      d[label] -= weight
    }
    return (Float(loss) * weight, counted, correct)
  }

  /// The first of the largest.
  private static func largest(_ x: UnsafePointer<Float>, _ n: Int) -> (index: Int, value: Float) {
    var index = 0
    var value = x[0]
    for i in 0..<n where x[i] > value {
      value = x[i]
      index = i
    }
    return (index, value)
  }
}
