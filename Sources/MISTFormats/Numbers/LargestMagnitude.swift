extension FloatConversion {
  /// The largest magnitude of `values`, NaN where one is NaN. Of their bits as integers, so that NaN compares above everything and
  /// the loop vectorises.
  package static func largestMagnitude(_ values: UnsafeBufferPointer<Float>) -> Float {
    var largest: UInt32 = 0
    if let from = values.baseAddress {
      for i in 0..<values.count { largest = max(largest, from[i].bitPattern & 0x7fff_ffff) }
    }
    return Float(bitPattern: largest)
  }

  /// The least and the greatest of `values`, none of which is NaN; (0, 0) of none.
  package static func extremes(_ values: UnsafeBufferPointer<Float>) -> (least: Float, greatest: Float) {
    guard let from = values.baseAddress, let first = values.first else { return (0, 0) }
    var (least, greatest) = (SIMD8(repeating: first), SIMD8(repeating: first))
    var i = 0
    while i + 8 <= values.count {
      let lanes = UnsafeRawPointer(from + i).loadUnaligned(as: SIMD8<Float>.self)
      least.replace(with: lanes, where: lanes .< least)
      greatest.replace(with: lanes, where: lanes .> greatest)
      i += 8
    }
    var result = (least.min(), greatest.max())
    for value in values[i...] { result = (min(result.0, value), max(result.1, value)) }
    return result
  }

  /// Whether no value is infinite or NaN.
  package static func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    largestMagnitude(values).isFinite
  }
}
