import MISTKernels

/// Multi-head attention of a map's queries `[T, C]` to the few keys and values of a reduced map, `[keys, 2C]` packed.
struct ReducedAttention: Sendable {
  let width: Int
  let heads: Int
  let keys: Int
  /// Elements between rows of scores.
  private let stride: Int

  init(width: Int, heads: Int, keys: Int) {
    self.width = width
    self.heads = heads
    self.keys = keys
    stride = (keys + 15) / 16 * 16 + 16
  }

  private static let rows = 128

  var scratchCount: Int { Self.rows * stride }

  /// `out` `[count, C]` = softmax(q·kᵀ / √d)·v for each head's d columns.
  func run(
    _ queries: UnsafePointer<Float>, count: Int, keysAndValues: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let depth = width / heads
    let scale = 1 / Float(depth).squareRoot()
    for head in 0..<heads {
      let keysOfHead = keysAndValues + head * depth
      for first in Swift.stride(from: 0, to: count, by: Self.rows) {
        let rows = min(Self.rows, count - first)
        let place = first * width + head * depth
        mist_sgemm(
          false, true, rows, keys, depth, 1, queries + place, width, keysOfHead, 2 * width, 0, scratch,
          stride)
        mist_softmax(scratch, rows, keys, stride, scale)
        mist_sgemm(
          false, false, rows, depth, keys, 1, scratch, stride, keysOfHead + width, 2 * width, 0, out + place,
          width)
      }
    }
  }
}
