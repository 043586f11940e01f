import MISTModels

/// Largest error after any block, relative to a tensor's largest magnitude, by the precision of the products: what the goldens of every
/// architecture are held to.
package enum PrecisionTolerance {
  /// What reorders sums and nothing else.
  package static let f32 = Verification.Tolerance.f32
  /// 8 bits of significand.
  package static let bf16 = 2e-2
  /// 127 steps of a column's weights, 255 of a token's activations.
  package static let int8 = 1e-1

  package static func of(_ precision: Precision) -> Double {
    switch precision {
    case .f32: f32
    case .bf16: bf16
    case .int8: int8
    }
  }
}
