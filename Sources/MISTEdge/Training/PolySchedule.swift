/// A learning rate that falls from `rate` to 0 as a power of what is left, per step (`poly` of semantic segmentation), after
/// an optional linear rise.
public struct PolySchedule: Sendable {
  /// Peak learning rate, the number of steps over which it falls to 0, and the power of the fall.
  public let rate: Float
  public let steps: Int
  public let power: Float
  /// Steps over which the rate rises linearly to what the power gives; it is full at the last of them.
  public let warmup: Int

  /// A schedule of `steps` steps of which the first `warmup` rise.
  public init(rate: Float, steps: Int, power: Float = 1, warmup: Int = 0) {
    self.rate = rate
    self.steps = steps
    self.power = power
    self.warmup = warmup
  }

  /// `rate · (1 − step/steps)^power`, times `(step + 1)/warmup` below `warmup`.
  public subscript(step: Int) -> Float {
    guard steps > 0 else { return rate }
    let left = Float(1 - Double(min(step, steps)) / Double(steps))
    let rise = step < warmup ? Float(step + 1) / Float(warmup) : 1
    return rate * rise * raised(left)
  }

  private func raised(_ x: Float) -> Float {
    if power == 1 { return x }
    if power == 0 { return 1 }
    return x > 0 ? exponential(power * logarithm(x)) : 0
  }
}
