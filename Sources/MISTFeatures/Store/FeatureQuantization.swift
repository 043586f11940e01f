import MISTFormats

/// The int8 code of feature stores: a token's values are `q · scale + offset` with `q` in −127…127, `offset` half way between the least and
/// the greatest and `scale` a 254th of what lies between them. Before version 4 there was no offset, and the scale was `absmax / 127`.
package enum FeatureQuantization {
  /// Tokens whose values lie closer together than this (2⁻¹⁰⁰) are stored as their offset with scale 1: the quotient would not be a
  /// normal number.
  package static let smallestSpread = Float(sign: .plus, exponent: -100, significand: 1)

  /// What a token's codes are read with.
  package struct Grid: Equatable, Sendable {
    package let scale: Float
    package let offset: Float

    package init(scale: Float, offset: Float) {
      self.scale = scale
      self.offset = offset
    }

    /// `reach`: how far from the offset a value is at most.
    fileprivate init(reach: Float, offset: Float) {
      self.init(scale: reach < FeatureQuantization.smallestSpread ? 1 : reach / 127, offset: offset)
    }

    /// Whether a token may have it: its scale is not negative, and no code makes a number that is not finite.
    package var isPossible: Bool { scale >= 0 && (scale * 127 + offset.magnitude).isFinite }
    /// Of a grid that is not possible, the number at fault.
    var worse: Float { scale >= 0 && (scale * 127).isFinite ? offset : scale }
  }

  /// Writes the codes of a token, rounded to nearest, ties to even, and returns what they are read with. Its values are finite, `largest` their
  /// largest magnitude.
  package static func encode(
    _ values: UnsafeBufferPointer<Float>, largest: Float, hasOffset: Bool,
    into codes: UnsafeMutableRawBufferPointer
  ) -> Grid {
    // Halves, whose difference is finite.
    let (least, greatest) = hasOffset ? FloatConversion.extremes(values) : (-largest, largest)
    let reach = hasOffset ? greatest / 2 - least / 2 : largest
    let grid = Grid(reach: reach, offset: hasOffset ? least / 2 + greatest / 2 : 0)
    guard let from = values.baseAddress, let to = codes.baseAddress else { return grid }
    let (factor, offset) = (reach < smallestSpread ? 0 : 127 / reach, grid.offset)
    // Adding 1.5 · 2²³ leaves the rounded integer in the low bits, in loops that vectorise.
    let magic: Float = 12_582_912
    for i in 0..<min(values.count, codes.count) {
      let code =
        Int32(bitPattern: ((from[i] - offset) * factor + magic).bitPattern)
        &- Int32(bitPattern: magic.bitPattern)
      to.storeBytes(
        of: Int8(truncatingIfNeeded: min(max(code, -127), 127)), toByteOffset: i, as: Int8.self)
    }
    return grid
  }

  package static func decode(
    _ codes: UnsafeRawBufferPointer, _ grid: Grid, into values: UnsafeMutableBufferPointer<Float>
  ) {
    guard let from = codes.baseAddress, let to = values.baseAddress else { return }
    for i in 0..<min(values.count, codes.count) {
      to[i] = Float(from.load(fromByteOffset: i, as: Int8.self)) * grid.scale + grid.offset
    }
  }
}
