import MISTEdge
import MISTFormats

/// Turns computed features into a shard's bytes.
enum FeatureEncoder {
  /// Writes `values` `[T, C]` to `bytes` as `dtype`, and for int8 each token's scale to `scales` `[T]`.
  /// Throws `extract.not-finite` when a value is not finite or beyond what `dtype` holds.
  static func encode(
    _ values: UnsafeBufferPointer<Float>, channels: Int, dtype: StoredType,
    into bytes: UnsafeMutableRawBufferPointer, scales: UnsafeMutableBufferPointer<Float>?
  ) throws {
    guard dtype == .int8, let scales else {
      let largest = try largestMagnitude(values)
      // Half of the last step beyond 65504 rounds to infinity.
      if dtype == .f16, largest >= 65_520 {
        throw MISTError(
          .extractNotFinite, "a feature of magnitude \(largest) is beyond the range of f16",
          advice: "extract with --dtype f32 or int8")
      }
      return try FloatConversion.fromFloats(values, to: dtype.elements, into: bytes)
    }
    for token in scales.indices {
      let range = token * channels..<(token + 1) * channels
      let row = UnsafeBufferPointer(rebasing: values[range])
      let largest = try largestMagnitude(row)
      scales[token] = FeatureQuantization.scale(largest: largest)
      FeatureQuantization.encode(
        row, largest: largest, into: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
    }
  }

  /// The largest magnitude. As integers, so that NaN compares above everything and the loop vectorises.
  static func largestMagnitude(_ values: UnsafeBufferPointer<Float>) throws -> Float {
    var largest: UInt32 = 0
    if let from = values.baseAddress {
      for i in 0..<values.count { largest = max(largest, from[i].bitPattern & 0x7fff_ffff) }
    }
    let magnitude = Float(bitPattern: largest)
    guard magnitude.isFinite else {
      throw MISTError(
        .extractNotFinite, "the model gave a feature that is not a finite number",
        advice: "check the model with mist verify")
    }
    return magnitude
  }
}
