/// A linear classifier: weights `[classes, D]` and a bias, on a vector that may come in pieces.
final class LinearClassifier {
  let length: Int
  let classes: Int
  private let weights: FloatBuffer
  private let bias: FloatBuffer

  init(length: Int, classes: Int) {
    self.length = length
    self.classes = classes
    weights = FloatBuffer(classes * length)
    bias = FloatBuffer(classes)
  }

  /// Parameters: weights, then bias.
  static func count(length: Int, classes: Int) -> Int { classes * (length + 1) }

  var count: Int { Self.count(length: length, classes: classes) }

  func prepare(_ parameters: UnsafePointer<Float>) {
    weights.pointer.update(from: parameters, count: weights.count)
    bias.pointer.update(from: parameters + weights.count, count: bias.count)
  }

  /// The bias alone into `logits` `[classes]`.
  func start(_ logits: UnsafeMutablePointer<Float>) { logits.update(from: bias.pointer, count: classes) }

  /// Adds to the logits what `count` values from place `offset` of the vector give.
  func add(
    _ piece: UnsafePointer<Float>, at offset: Int = 0, _ count: Int, to logits: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<classes { logits[i] += dot(weights.pointer + i * length + offset, piece, count) }
  }

  /// Adds to the gradients of the weights at `g` for that piece, and to dL/d(piece) at `d` where it is wanted.
  func addBackward(
    _ dLogits: UnsafePointer<Float>, _ piece: UnsafePointer<Float>, at offset: Int = 0, _ count: Int,
    into d: UnsafeMutablePointer<Float>? = nil, _ g: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<classes {
      if let d { axpy(dLogits[i], weights.pointer + i * length + offset, d, count) }
      axpy(dLogits[i], piece, g + i * length + offset, count)
    }
  }

  /// Adds to the gradient of the bias, behind that of the weights at `g`.
  func endBackward(_ dLogits: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>) {
    axpy(1, dLogits, g + weights.count, classes)
  }
}
