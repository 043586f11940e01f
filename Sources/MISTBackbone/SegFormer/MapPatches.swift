/// Overlapping patches of a map as rows, so that a convolution is one product. Positions outside the map are zero.
struct MapPatches: Sendable {
  let input: MapShape
  let output: MapShape
  /// Side of the kernel, its stride, and the padding on each side.
  let size: Int
  let stride: Int
  let padding: Int
  /// Whether the input lies channel by channel, `[C, H, W]`, as pixels do.
  let planar: Bool

  /// Values of one patch.
  var depth: Int { input.channels * size * size }

  /// Kernel weights `[out, in, size, size]` in the order of a patch's values.
  func reordered(_ weights: [Float]) -> [Float] {
    if planar { return weights }
    let (c, area) = (input.channels, size * size)
    var result = [Float](repeating: 0, count: weights.count)
    for row in 0..<weights.count / (c * area) {
      for channel in 0..<c {
        for place in 0..<area {
          result[(row * area + place) * c + channel] = weights[(row * c + channel) * area + place]
        }
      }
    }
    return result
  }

  /// Patches of the output rows `rows`: `[rows · output.width, depth]`, a patch's values in the order `[size, size, C]`, or
  /// `[C, size, size]` of a planar input.
  func gather(_ map: UnsafePointer<Float>, rows: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    var to = out
    for row in rows {
      for column in 0..<output.width {
        let left = column * stride - padding
        let inside = max(0, left)..<max(max(0, left), min(input.width, left + size))
        if planar {
          for channel in 0..<input.channels {
            for dy in 0..<size {
              copyRun(
                map + channel * input.height * input.width, 1, row * stride - padding + dy, left, inside, to)
              to += size
            }
          }
        } else {
          for dy in 0..<size {
            copyRun(map, input.channels, row * stride - padding + dy, left, inside, to)
            to += size * input.channels
          }
        }
      }
    }
  }

  /// One row of a patch: `inside` columns of the map's row `y`, zeros around them.
  @inline(__always)
  private func copyRun(
    _ map: UnsafePointer<Float>, _ channels: Int, _ y: Int, _ left: Int, _ inside: Range<Int>,
    _ to: UnsafeMutablePointer<Float>
  ) {
    guard y >= 0, y < input.height, !inside.isEmpty else {
      to.update(repeating: 0, count: size * channels)
      return
    }
    let before = (inside.lowerBound - left) * channels
    let count = inside.count * channels
    if before > 0 { to.update(repeating: 0, count: before) }
    (to + before).update(from: map + (y * input.width + inside.lowerBound) * channels, count: count)
    let after = size * channels - before - count
    if after > 0 { (to + before + count).update(repeating: 0, count: after) }
  }
}
