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
    run(
      source, rows: rows, rowStride: columns, columns: 0..<columns, size: size, into: target,
      columnStride: rows)
  }

  /// Writes the transpose of some columns of `source`, whose rows begin `rowStride` elements apart, to `target`, whose rows
  /// (the columns of `source`, from the first of `columns`) begin `columnStride` elements apart.
  static func run(
    _ source: UnsafeRawBufferPointer, rows: Int, rowStride: Int, columns: Range<Int>, size: Int,
    into target: UnsafeMutableRawBufferPointer, columnStride: Int
  ) {
    guard rows > 0, !columns.isEmpty else { return }
    precondition(columns.lowerBound >= 0 && columns.upperBound <= rowStride && rows <= columnStride)
    precondition(source.count >= ((rows - 1) * rowStride + columns.upperBound) * size)
    precondition(target.count >= ((columns.count - 1) * columnStride + rows) * size)
    let shape = Shape(rows: rows, rowStride: rowStride, columns: columns, columnStride: columnStride)
    switch size {
    case 1: move(source, shape, UInt8.self, target)
    case 2: move(source, shape, UInt16.self, target)
    case 4: move(source, shape, UInt32.self, target)
    default: move(source, shape, UInt64.self, target)
    }
  }

  private struct Shape {
    let rows, rowStride: Int
    let columns: Range<Int>
    let columnStride: Int
  }

  // Stored tensors may lie at any byte offset of a mapped file, hence the unaligned loads.
  @inline(__always)
  private static func move<T: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ shape: Shape, _ type: T.Type, _ target: UnsafeMutableRawBufferPointer
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let size = MemoryLayout<T>.size
    for top in stride(from: 0, to: shape.rows, by: side) {
      for left in stride(from: shape.columns.lowerBound, to: shape.columns.upperBound, by: side) {
        for column in left..<min(left + side, shape.columns.upperBound) {
          let line = (column - shape.columns.lowerBound) * shape.columnStride
          for row in top..<min(top + side, shape.rows) {
            let element = from.loadUnaligned(
              fromByteOffset: (row * shape.rowStride + column) * size, as: T.self)
            to.storeBytes(of: element, toByteOffset: (line + row) * size, as: T.self)
          }
        }
      }
    }
  }
}
