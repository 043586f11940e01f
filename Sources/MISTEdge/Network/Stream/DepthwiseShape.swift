/// Blocks `x ← x + k ∗ LN(x) + b` of 3×3 depthwise convolutions on the map of a stream, which have no low-rank form; an input norm
/// stands before the first.
struct DepthwiseShape {
  /// Positions of a kernel.
  static let taps = 9

  var prefix: Int
  var height: Int
  var width: Int
  var channels: Int
  var depth: Int
  var inputNorm: Bool
  var epsilon: Float

  /// Those of `stream`.
  init(_ stream: StreamShape, inputNorm: Bool, epsilon: Float) {
    (prefix, height, width) = (stream.prefix, stream.height, stream.width)
    (channels, depth) = (stream.channels, stream.depth)
    self.inputNorm = inputNorm
    self.epsilon = epsilon
  }

  var positions: Int { height * width }
  var tokens: Int { prefix + positions }

  /// Values of the parameters: of the input norm, and of every block its norm, kernels and bias.
  var parameters: Int { inputParameters + depth * parametersPerBlock }
  var inputParameters: Int { inputNorm ? 2 * channels : 0 }
  var parametersPerBlock: Int { (3 + Self.taps) * channels }
}

/// The memory of their pass.
final class DepthwiseScratch {
  /// LN(x) of the block at hand `[h·w, C]`.
  let normed: FloatBuffer
  /// The standardised positions `[h·w, C]` and the factors of their norm `[h·w]`, of every block where a backward pass follows.
  private let standard: FloatBuffer
  private let factors: FloatBuffer
  /// The standardised tokens of an input norm `[T, C]`; empty unless training.
  let standardInput: FloatBuffer
  /// dL/d(output) `[T, C]` and of LN(x) `[h·w, C]`; nil unless training.
  let dOutput: FloatBuffer?
  let dNormed: FloatBuffer?
  private let channels: Int
  private let stride: Int

  init(_ shape: DepthwiseShape, training: Bool) {
    let (n, c) = (shape.positions, shape.channels)
    channels = c
    stride = training ? n : 0
    normed = FloatBuffer(n * c)
    standard = FloatBuffer((training ? shape.depth : 1) * n * c)
    factors = FloatBuffer((training ? shape.depth : 1) * n)
    standardInput = FloatBuffer(training && shape.inputNorm ? shape.tokens * c : 0)
    dOutput = training ? FloatBuffer(shape.tokens * c) : nil
    dNormed = training ? FloatBuffer(n * c) : nil
  }

  /// Those of block `l`.
  func standard(_ l: Int) -> UnsafeMutablePointer<Float> { standard.pointer + l * stride * channels }
  func factors(_ l: Int) -> UnsafeMutablePointer<Float> { factors.pointer + l * stride }
}
