/// Transposes a row-major matrix of opaque elements.
enum MatrixTranspose {
  /// Elements on a side of the square that is moved at a time: 32 rows of 32 four-byte elements stay in the first
  /// level cache on both sides.
  private static let side = 32

  /// Writes the transpose of `source`, `rows` × `columns` elements of `size` bytes, to `target`.
  static func run(
    _ source: UnsafeRawBufferPointer, rows: Int, columns: Int, size: Int,
    into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(source.count >= rows * columns * size && target.count >= rows * columns * size)
    switch size {
    case 1: move(source, rows, columns, UInt8.self, target)
    case 2: move(source, rows, columns, UInt16.self, target)
    case 4: move(source, rows, columns, UInt32.self, target)
    default: move(source, rows, columns, UInt64.self, target)
    }
  }

  // Stored tensors may lie at any byte offset of a mapped file, hence the unaligned loads.
  @inline(__always)
  private static func move<T: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ rows: Int, _ columns: Int, _ type: T.Type,
    _ target: UnsafeMutableRawBufferPointer
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let size = MemoryLayout<T>.size
    for top in stride(from: 0, to: rows, by: side) {
      for left in stride(from: 0, to: columns, by: side) {
        for column in left..<min(left + side, columns) {
          for row in top..<min(top + side, rows) {
            let element = from.loadUnaligned(fromByteOffset: (row * columns + column) * size, as: T.self)
            to.storeBytes(of: element, toByteOffset: (column * rows + row) * size, as: T.self)
          }
        }
      }
    }
  }
}
