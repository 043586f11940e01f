/// Rows in integers of 0…255: row i is `lowest + step · q`.
package final class IntegerMatrix {
  /// Rows that are floats at a time, where they must be.
  static var strip: Int { 16 }

  let width: Int
  private let bytes: FloatBuffer
  /// Step and lowest of every row `[rows, 2]`.
  let steps: FloatBuffer

  init(_ rows: Int, width: Int) {
    self.width = width
    // The last group of four bytes may reach behind the last row.
    bytes = FloatBuffer(rows * width / 4 + 2)
    steps = FloatBuffer(2 * rows)
  }

  /// `[rows, width]`.
  var codes: UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(bytes.pointer).assumingMemoryBound(to: UInt8.self)
  }

  /// Takes `count` rows of floats from row `first` on, which must be given in order.
  func take<K: EdgeKernels>(_ rows: UnsafePointer<Float>, _ count: Int, at first: Int, _ kernels: K.Type) {
    K.roundRows(
      rows, rows: count, width: width, into: codes + first * width, steps: steps.pointer + 2 * first)
  }

  /// Writes `count` rows from `first` as floats.
  func expand<K: EdgeKernels>(
    _ first: Int, _ count: Int, into out: UnsafeMutablePointer<Float>, _ kernels: K.Type
  ) {
    K.expandIntegers(
      codes + first * width, steps: steps.pointer + 2 * first, rows: count, width: width, into: out)
  }

  /// Calls `body` with strips of `count` rows from `first`, numbered from 0, as floats in `floats`.
  func forStrips<K: EdgeKernels>(
    _ first: Int, _ count: Int, into floats: UnsafeMutablePointer<Float>, _ kernels: K.Type,
    _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) {
    for start in stride(from: 0, to: count, by: Self.strip) {
      let strip = start..<min(count, start + Self.strip)
      expand(first + start, strip.count, into: floats, K.self)
      body(strip, floats)
    }
  }
}
