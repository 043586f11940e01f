/// Non-overlapping patches of an image as rows, so that the patch embedding is one product.
struct Patches: Sendable {
  let rows: Int
  let columns: Int
  let size: Int
  let height: Int
  let width: Int

  /// Values of one patch: three channels of `size × size`.
  var depth: Int { 3 * size * size }
  var count: Int { rows * columns }

  /// Copies `[3, height, width]` to `[count, depth]`, each row in the order of a convolution kernel `[3, size, size]`.
  /// Pixels right of and below the last whole patch are not read.
  func gather(_ pixels: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>) {
    var to = out
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<3 {
          var from = pixels + (channel * height + row * size) * width + column * size
          for _ in 0..<size {
            to.update(from: from, count: size)
            to += size
            from += width
          }
        }
      }
    }
  }
}
