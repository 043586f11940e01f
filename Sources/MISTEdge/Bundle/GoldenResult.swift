/// How far a device's logits are from the golden ones.
public struct GoldenResult: Sendable {
  /// Largest relative error that passes.
  public let tolerance: Float
  public private(set) var maximumError: Float = 0
  public private(set) var maximumMagnitude: Float = 0

  init(tolerance: Float) { self.tolerance = tolerance }

  mutating func compare(_ value: Float, to expected: Float) {
    let error = (value - expected).magnitude
    // A NaN must not pass: it compares as neither larger nor smaller.
    maximumError = error.isNaN ? .infinity : max(maximumError, error)
    maximumMagnitude = max(maximumMagnitude, expected.magnitude)
  }

  /// The largest error over the largest expected magnitude, or over 1 if that is larger.
  public var relativeError: Float { maximumError / max(maximumMagnitude, 1) }
  public var passed: Bool { relativeError <= tolerance }
}
