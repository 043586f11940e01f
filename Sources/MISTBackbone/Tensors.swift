/// Gives tensor `name`, checked against `shape`, as f32.
typealias TensorReader = (_ name: String, _ shape: [Int]) throws -> [Float]

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
}
