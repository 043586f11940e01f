/// The mean over rows of channels.
enum TokenMean {
  /// Writes the mean of `count` rows `[count, channels]` at `rows` to `mean` `[channels]`.
  static func write(
    _ rows: UnsafePointer<Float>, count: Int, channels: Int, into mean: UnsafeMutablePointer<Float>
  ) {
    mean.update(repeating: 0, count: channels)
    for row in 0..<count {
      for channel in 0..<channels { mean[channel] += rows[row * channels + channel] }
    }
    let scale = 1 / Float(count)
    for channel in 0..<channels { mean[channel] *= scale }
  }
}
