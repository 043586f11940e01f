import MISTFormats

/// What writing values in another element type did to them. Rounding to nearest is what a conversion is; this counts
/// what is more than that.
package struct DTypeChange: Sendable, Hashable, Encodable {
  /// Values converted.
  package var values = 0
  /// Finite values that became infinite.
  package var overflow = 0
  /// Values other than zero that became zero.
  package var underflow = 0
  /// Values that the written type holds as subnormal numbers, with fewer digits, and the source's did not.
  package var subnormal = 0
  /// Values that are NaN, before and after.
  package var nan = 0

  package init() {}

  /// The change from `before`, of type `source`, to the same values in the written type.
  init(_ before: FloatCensus, _ source: DType, _ after: FloatCensus, _ written: DType) {
    values = before.count
    // Infinities, zeros and NaN stay what they are, so that the new ones are the difference.
    overflow = after.infinities - before.infinities
    underflow = after.zeros - before.zeros
    subnormal = written.exponentBits < source.exponentBits ? after.subnormals : 0
    nan = before.nans
  }

  package static func += (sum: inout DTypeChange, change: DTypeChange) {
    sum.values += change.values
    sum.overflow += change.overflow
    sum.underflow += change.underflow
    sum.subnormal += change.subnormal
    sum.nan += change.nan
  }

  /// Whether any value lost more than digits, or was none.
  package var isNotable: Bool { overflow > 0 || underflow > 0 || nan > 0 }
}

extension DType {
  /// Bits of a floating-point type's exponent.
  fileprivate var exponentBits: Int {
    switch self {
    case .f8e4m3: 4
    case .f8e5m2, .f16: 5
    case .bf16, .f32: 8
    default: 11
    }
  }
}
