import MISTEdge
import MISTFormats

/// Turns computed features into a shard's bytes.
enum FeatureEncoder {
  /// Writes `values` `[T, C]` to `bytes` as `dtype`, and for int8 each token's scale to `scales` `[T]` and its offset, where there are any, to
  /// `offsets` `[T]`.
  /// Throws `extract.not-finite` when a value is not finite or beyond what `dtype` holds.
  static func encode(
    _ values: UnsafeBufferPointer<Float>, channels: Int, dtype: StoredType,
    into bytes: UnsafeMutableRawBufferPointer, scales: UnsafeMutableBufferPointer<Float>?,
    offsets: UnsafeMutableBufferPointer<Float>? = nil
  ) throws {
    guard dtype == .int8, let scales else {
      let largest = try largestMagnitude(values, channels: channels)
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
      let largest = try largestMagnitude(row, channels: channels, first: token)
      let grid = FeatureQuantization.encode(
        row, largest: largest, hasOffset: offsets != nil,
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
      scales[token] = grid.scale
      offsets?[token] = grid.offset
    }
  }

  /// The largest magnitude of the rows from `first` on. Throws `extract.not-finite`, naming the row.
  private static func largestMagnitude(
    _ values: UnsafeBufferPointer<Float>, channels: Int, first: Int = 0
  ) throws -> Float {
    let magnitude = FloatConversion.largestMagnitude(values)
    guard magnitude.isFinite else {
      let bad = values.firstIndex { !$0.isFinite } ?? 0
      throw MISTError(
        .extractNotFinite, at: "row \(first + bad / channels), channel \(bad % channels)",
        "the model gave a feature that is not a finite number (\(values[bad]))",
        advice: "check the model with mist verify")
    }
    return magnitude
  }
}
