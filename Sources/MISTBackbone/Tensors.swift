import MISTKernels

/// A LayerNorm's parameters.
struct NormWeights: Sendable {
  let gain: AlignedFloats
  let bias: AlignedFloats
  let epsilon: Float

  init(_ name: String, width: Int, epsilon: Float, read: TensorReader) throws {
    gain = AlignedFloats(try read(name + ".weight", [width]))
    bias = AlignedFloats(try read(name + ".bias", [width]))
    self.epsilon = epsilon
  }

  /// LayerNorm of `rows` rows `[rows, width]`; `out` may be `x`.
  func run(_ x: UnsafePointer<Float>, rows: Int, into out: UnsafeMutablePointer<Float>) {
    mist_layer_norm(x, rows, gain.count, gain.pointer, bias.pointer, epsilon, out)
  }
}
