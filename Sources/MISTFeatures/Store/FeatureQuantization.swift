/// The int8 code of feature stores: a token's values are `q · scale` with `q` in −127…127 and `scale = absmax / 127`.
package enum FeatureQuantization {
  /// Tokens whose largest magnitude is below this (2⁻¹⁰⁰) are stored as zeros with scale 1: the quotient would not be
  /// a normal number.
  package static let smallestMagnitude = Float(sign: .plus, exponent: -100, significand: 1)

  /// The scale of a token whose largest magnitude is `largest`.
  package static func scale(largest: Float) -> Float {
    largest < smallestMagnitude ? 1 : largest / 127
  }

  /// Whether a token may have this scale: it is not negative, and no code makes it infinite.
  package static func isPossible(scale: Float) -> Bool { scale >= 0 && (scale * 127).isFinite }

  /// Writes the codes of a token with largest magnitude `largest`, rounded to nearest, ties to even.
  static func encode(
    _ values: UnsafeBufferPointer<Float>, largest: Float, into codes: UnsafeMutableRawBufferPointer
  ) {
    guard let from = values.baseAddress, let to = codes.baseAddress else { return }
    let factor = largest < smallestMagnitude ? 0 : 127 / largest
    // Adding 1.5 · 2²³ leaves the rounded integer in the low bits, in loops that vectorise.
    let magic: Float = 12_582_912
    for i in 0..<min(values.count, codes.count) {
      let code =
        Int32(bitPattern: (from[i] * factor + magic).bitPattern) &- Int32(bitPattern: magic.bitPattern)
      to.storeBytes(
        of: Int8(truncatingIfNeeded: min(max(code, -127), 127)), toByteOffset: i, as: Int8.self)
    }
  }

  static func decode(
    _ codes: UnsafeRawBufferPointer, scale: Float, into values: UnsafeMutableBufferPointer<Float>
  ) {
    guard let from = codes.baseAddress, let to = values.baseAddress else { return }
    for i in 0..<min(values.count, codes.count) {
      to[i] = Float(from.load(fromByteOffset: i, as: Int8.self)) * scale
    }
  }
}
