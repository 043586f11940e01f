/// Adam with decoupled weight decay over a flat parameter buffer (Loshchilov and Hutter, 2019). Without decay it is Adam.
public final class AdamW {
  /// Decay of the first and of the second moment, and what is added to the root of the second.
  public let beta1: Double
  public let beta2: Double
  public let epsilon: Float
  private let mean: FloatBuffer
  private let square: FloatBuffer
  private var power1: Double = 1
  private var power2: Double = 1

  /// State for `count` parameters. Defaults are those of the paper.
  public init(count: Int, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    mean = FloatBuffer(count)
    square = FloatBuffer(count)
  }

  /// Counts a step; `update` then applies it, to any number of disjoint ranges.
  public func advance() {
    power1 *= beta1
    power2 *= beta2
  }

  /// One step on `parameters[range]`, with `weightDecay` 0 for gains and biases.
  public func update(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, range: Range<Int>, rate: Float,
    weightDecay: Float
  ) {
    let m = mean.pointer
    let v = square.pointer
    let correction = Float(1 / (1 - power2).squareRoot())
    let step = rate / Float(1 - power1)
    let keep = 1 - rate * weightDecay
    // 1 - 0.999 in single precision would be 1.3e-5 of itself too small.
    let (b1, new1) = (Float(beta1), Float(1 - beta1))
    let (b2, new2, small) = (Float(beta2), Float(1 - beta2), epsilon)
    for i in range {
      let g = gradient[i]
      let a = b1 * m[i] + new1 * g
      let b = b2 * v[i] + new2 * g * g
      m[i] = a
      v[i] = b
      parameters[i] = parameters[i] * keep - step * a / (b.squareRoot() * correction + small)
    }
  }
}

extension AdamW {
  /// One step on all parameters of `table`, `weightDecay` on those that it applies to.
  public func step(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, _ table: ParameterTable,
    rate: Float, weightDecay: Float
  ) {
    advance()
    update(
      parameters, gradient: gradient, table, within: 0..<table.count, rate: rate, weightDecay: weightDecay)
  }

  /// The same for the parameters within `places` alone, after `advance`: several threads may take places of their own.
  package func update(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, _ table: ParameterTable,
    within places: Range<Int>, rate: Float, weightDecay: Float
  ) {
    for parameter in table.parameters {
      update(
        parameters, gradient: gradient, range: parameter.range.clamped(to: places), rate: rate,
        weightDecay: parameter.isDecayed ? weightDecay : 0)
    }
  }
}
