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

  /// Whether no value is infinite or NaN.
  package static func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
    largestMagnitude(values).isFinite
  }
}
