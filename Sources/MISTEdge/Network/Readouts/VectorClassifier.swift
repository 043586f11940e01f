/// A LayerNorm's gain and bias on a standardised vector `[D]`, and the linear classifier behind them: the end of every pooled
/// readout.
final class VectorClassifier {
  let length: Int
  let classes: Int
  /// Gain and bias `[D]`, and what follows them in the parameters.
  private let gain: FloatBuffer
  private let bias: FloatBuffer
  private let linear: LinearClassifier

  init(length: Int, classes: Int) {
    self.length = length
    self.classes = classes
    gain = FloatBuffer(length)
    bias = FloatBuffer(length)
    linear = LinearClassifier(length: length, classes: classes)
  }

  /// Parameters: all four, one after another.
  static func count(length: Int, classes: Int) -> Int {
    2 * length + LinearClassifier.count(length: length, classes: classes)
  }

  var count: Int { Self.count(length: length, classes: classes) }

  func prepare(_ parameters: UnsafePointer<Float>) {
    gain.pointer.update(from: parameters, count: length)
    bias.pointer.update(from: parameters + length, count: length)
    linear.prepare(parameters + 2 * length)
  }

  /// Logits `[classes]` of `vector`. `input` `[D]` receives what the classifier reads; `mask` `[D]` are factors on it (dropout).
  func forward(
    _ vector: UnsafePointer<Float>, mask: UnsafePointer<Float>?, input: UnsafeMutablePointer<Float>,
    into logits: UnsafeMutablePointer<Float>
  ) {
    for x in 0..<length { input[x] = vector[x] * gain.pointer[x] + bias.pointer[x] }
    if let mask {
      for x in 0..<length { input[x] *= mask[x] }
    }
    linear.start(logits)
    linear.add(input, length, to: logits)
  }

  /// Writes dL/d`vector` to `d` and adds to the gradients of the four parameters at `g`; `vector`, `mask` and `input` as in `forward`.
  func backward(
    _ dLogits: UnsafePointer<Float>, _ vector: UnsafePointer<Float>, mask: UnsafePointer<Float>?,
    input: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>, _ g: UnsafeMutablePointer<Float>
  ) {
    d.update(repeating: 0, count: length)
    linear.addBackward(dLogits, input, length, into: d, g + 2 * length)
    linear.endBackward(dLogits, g + 2 * length)
    if let mask {
      for x in 0..<length { d[x] *= mask[x] }
    }
    addProduct(d, vector, g, length)
    axpy(1, d, g + length, length)
    for x in 0..<length { d[x] *= gain.pointer[x] }
  }
}

/// Standardises `x` `[n]` in place; returns the factor after centring.
func standardise(_ x: UnsafeMutablePointer<Float>, _ n: Int, epsilon: Float) -> Float {
  let factor = 1 / (centre(x, n) / Float(n) + epsilon).squareRoot()
  scale(x, by: factor, n)
  return factor
}

/// Through a standardisation with outcome `y` and `factor`: `d` becomes the gradient of what was standardised.
func standardiseBackward(
  _ d: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, factor: Float, _ n: Int
) {
  centre(d, n)
  let along = dot(d, y, n) / Float(n)
  for x in 0..<n { d[x] = factor * (d[x] - y[x] * along) }
}
