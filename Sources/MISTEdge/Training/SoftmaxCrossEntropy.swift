/// Softmax cross-entropy with label smoothing: the target is `1 − ε` on the label plus `ε/K` on each of the K classes.
public enum SoftmaxCrossEntropy {
  /// The loss of one sample's `logits` `[classes]`; writes its gradient times `weight` (one over the batch) to `dLogits`, which may
  /// be `logits` itself.
  public static func loss(
    logits: UnsafePointer<Float>, classes: Int, label: Int, smoothing: Float = 0, weight: Float = 1,
    dLogits: UnsafeMutablePointer<Float>
  ) -> Float {
    let own = logits[label]
    var largest = logits[0]
    var mean: Float = 0
    for i in 0..<classes {
      if logits[i] > largest { largest = logits[i] }
      mean += logits[i]
    }
    mean /= Float(classes)
    var total: Float = 0
    for i in 0..<classes {
      let e = exponential(logits[i] - largest)
      dLogits[i] = e
      total += e
    }
    let even = smoothing / Float(classes)
    for i in 0..<classes {
      let target = even + (i == label ? 1 - smoothing : 0)
      dLogits[i] = weight * (dLogits[i] / total - target)
    }
    return logarithm(total) + largest - (1 - smoothing) * own - smoothing * mean
  }
}
