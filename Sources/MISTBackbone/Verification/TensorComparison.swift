/// How far one tensor is from its golden.
package struct TensorComparison: Encodable, Hashable, Sendable {
  /// The golden's name, such as `F3`.
  package let name: String
  /// NaN when either side holds a NaN.
  package let maxAbsoluteError: Double
  /// The golden's largest magnitude, which errors are relative to.
  package let largestMagnitude: Double
  package let relativeError: Double
  package let passed: Bool
  /// The part of the model that this tensor is the first to show.
  package let place: String

  init(name: String, place: String, _ difference: Difference, tolerance: Double) {
    self.name = name
    self.place = place
    maxAbsoluteError = difference.error
    largestMagnitude = difference.magnitude
    relativeError = difference.error == 0 ? 0 : difference.error / difference.magnitude
    passed = relativeError <= tolerance
  }

  private enum CodingKeys: CodingKey {
    case name, maxAbsoluteError, largestMagnitude, relativeError, passed
  }
}

/// The largest error and magnitude so far. A NaN, once seen, stays.
struct Difference {
  var error = 0.0
  var magnitude = 0.0

  /// Of a tensor that was not computed.
  static let unknown = Difference(error: .nan, magnitude: .nan)

  mutating func add(_ found: UnsafeBufferPointer<Float>, _ expected: ArraySlice<Float>) {
    for (x, y) in zip(found, expected) {
      let distance = abs(Double(x) - Double(y))
      // False for a NaN on either side of the comparison.
      if !(distance <= error) && !error.isNaN { error = distance }
      if Double(abs(y)) > magnitude { magnitude = Double(abs(y)) }
    }
  }
}
