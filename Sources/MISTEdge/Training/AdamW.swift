/// Adam with decoupled weight decay over a flat parameter buffer (Loshchilov and Hutter, 2019). Without decay it is Adam.
public final class AdamW {
  /// Decay of the first and of the second moment, and what is added to the root of the second.
  public let beta1: Double
  public let beta2: Double
  public let epsilon: Float
  /// First and second moment of every parameter, and both decays to the power of the steps so far: what training goes on from.
  package let mean: FloatBuffer
  package let square: FloatBuffer
  package var power1: Double = 1
  package var power2: Double = 1

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
    update(
      PortableKernels.self, parameters, gradient: gradient, range: range, rate: rate, weightDecay: weightDecay
    )
  }

  /// The same by `K`.
  private func update<K: EdgeKernels>(
    _: K.Type, _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, range: Range<Int>,
    rate: Float, weightDecay: Float
  ) {
    let first = range.lowerBound
    // 1 - 0.999 in single precision would be 1.3e-5 of itself too small.
    let factors = AdamFactors(
      beta1: Float(beta1), new1: Float(1 - beta1), beta2: Float(beta2), new2: Float(1 - beta2),
      keep: 1 - rate * weightDecay, step: rate / Float(1 - power1),
      correction: Float(1 / (1 - power2).squareRoot()), epsilon: epsilon)
    K.adam(
      parameters + first, mean: mean.pointer + first, square: square.pointer + first,
      gradient: gradient + first, count: range.count, factors)
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
      PortableKernels.self, parameters, gradient: gradient, table, within: 0..<table.count, rate: rate,
      weightDecay: weightDecay)
  }

  /// The same by `K` for the parameters within `places` alone, after `advance`: several threads may take places of their own.
  package func update<K: EdgeKernels>(
    _: K.Type, _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    _ table: ParameterTable,
    within places: Range<Int>, rate: Float, weightDecay: Float
  ) {
    for parameter in table.parameters {
      update(
        K.self, parameters, gradient: gradient, range: parameter.range.clamped(to: places), rate: rate,
        weightDecay: parameter.isDecayed ? weightDecay : 0)
    }
  }
}
