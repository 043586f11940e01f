/// A learning rate that falls from `rate` to 0 along half a cosine, per step.
public struct CosineSchedule: Sendable {
  /// Peak learning rate, and the number of steps over which it falls to 0.
  public let rate: Float
  public let steps: Int

  /// A schedule of `steps` steps that begins with `rate`.
  public init(rate: Float, steps: Int) {
    self.rate = rate
    self.steps = steps
  }

  /// `rate · (1 + cos(π·step/steps)) / 2`, which is `rate · cos²(π/2 · step/steps)`.
  public subscript(step: Int) -> Float {
    guard steps > 0 else { return rate }
    // cos x by Taylor's series: the first omitted term is below 1e-12 on [0, π/2].
    let x = 1.570_796_326_794_896_6 * Double(min(step, steps)) / Double(steps)
    var term = 1.0
    var cosine = 1.0
    for i in 1...9 {
      term *= -x * x / Double((2 * i - 1) * (2 * i))
      cosine += term
    }
    return rate * Float(cosine * cosine)
  }
}
