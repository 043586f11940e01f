/// Steele, Lea and Flood's generator: a counter through a mixing function. The same numbers on every machine.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  @usableFromInline var state: UInt64

  /// What the counter advances by: 2⁶⁴ divided by the golden ratio.
  @inlinable package static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  @inlinable package init(_ seed: UInt64) { state = seed }

  /// The mixing function: a permutation of the 64-bit numbers.
  @inlinable package static func mix(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  @inlinable package mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mix(state)
  }

  /// Uniform in 0 ..< 1, of 53 bits.
  @inlinable package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
