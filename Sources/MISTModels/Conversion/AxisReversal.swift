/// The one way in which transforms move elements: seen as three axes, canonical tensors are `[first, middle, last]` and
/// foreign ones `[last, middle, first]`. A matrix transpose has a `middle` of 1; a convolution has its kernel's height and
/// width together as `last`.
struct AxisReversal: Sendable, Hashable {
  let first, middle, last: Int

  /// The same move seen from the foreign side.
  var inverse: AxisReversal { AxisReversal(first: last, middle: middle, last: first) }

  /// Bytes of the rearranged tensor that are made at a time, unless one index of its first axis alone has more: what
  /// rearranging needs beside the tensor itself.
  static let bandSize = 4 << 20

  /// Calls `body` with the bytes of `source`, `[first, middle, last]` elements of `size` bytes, in the order of
  /// `[last, middle, first]`: band by band, in order.
  func forEachBand(
    of source: UnsafeRawBufferPointer, size: Int, memory: BandMemory = BandMemory(),
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    precondition(source.count == first * middle * last * size)
    let slab = middle * first * size
    guard slab > 0, last > 0 else { return }
    let depth = min(last, max(1, Self.bandSize / slab))
    let band = memory.bytes(depth * slab)
    for start in stride(from: 0, to: last, by: depth) {
      let columns = start..<min(start + depth, last)
      for index in 0..<middle {
        MatrixTranspose.run(
          UnsafeRawBufferPointer(rebasing: source[(index * last * size)...]), rows: first,
          rowStride: middle * last, columns: columns, size: size,
          into: UnsafeMutableRawBufferPointer(rebasing: band[(index * first * size)...]),
          columnStride: middle * first)
      }
      try body(UnsafeRawBufferPointer(rebasing: band[..<(columns.count * slab)]))
    }
  }
}
