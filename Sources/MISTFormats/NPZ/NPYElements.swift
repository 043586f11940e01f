/// Elements of an array as they are stored, and how to make them little-endian and row-major.
struct NPYElements {
  private let shape: [Int]
  private let size: Int
  private let isBigEndian: Bool
  /// Whether the order of elements differs from row-major at all.
  private let isColumnMajor: Bool

  init(_ header: NPYHeader) {
    shape = header.shape
    size = header.type.dtype.size
    isBigEndian = header.type.isBigEndian
    isColumnMajor = header.isFortran && header.shape.count { $0 > 1 } > 1
  }

  /// Calls `body` with the elements in order: `stored` as it is where nothing has to change. `scratch` may be the same
  /// bytes where they are a copy that can be written to.
  func withRowMajor<R>(
    _ stored: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer?,
    _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    guard isBigEndian || isColumnMajor, !stored.isEmpty else { return try body(stored) }
    if !isColumnMajor, let scratch {
      swap(scratch)
      return try body(UnsafeRawBufferPointer(scratch))
    }
    return try PageMemory.withBytes(stored.count) { copy in
      if isColumnMajor { arrange(stored, into: copy) } else { copy.copyMemory(from: stored) }
      if isBigEndian { swap(copy) }
      return try body(UnsafeRawBufferPointer(copy))
    }
  }

  /// Turns every element's bytes around.
  private func swap(_ bytes: UnsafeMutableRawBufferPointer) {
    func swap<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) {
      for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size) {
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
        bytes.storeBytes(of: value.byteSwapped, toByteOffset: offset, as: T.self)
      }
    }
    switch size {
    case 2: swap(UInt16.self)
    case 4: swap(UInt32.self)
    default: swap(UInt64.self)
    }
  }

  /// From the order in which the first index runs fastest to the one in which the last does.
  private func arrange(_ stored: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
    func arrange<T: BitwiseCopyable>(_: T.Type) {
      var strides = [Int](repeating: 1, count: shape.count)
      for axis in shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * shape[axis - 1] }
      var index = [Int](repeating: 0, count: shape.count)
      var read = 0
      for write in 0..<stored.count / MemoryLayout<T>.size {
        let element = stored.loadUnaligned(fromByteOffset: read * MemoryLayout<T>.size, as: T.self)
        target.storeBytes(of: element, toByteOffset: write * MemoryLayout<T>.size, as: T.self)
        var axis = shape.count - 1
        while axis >= 0 {
          index[axis] += 1
          read += strides[axis]
          if index[axis] < shape[axis] { break }
          read -= strides[axis] * shape[axis]
          index[axis] = 0
          axis -= 1
        }
      }
    }
    switch size {
    case 1: arrange(UInt8.self)
    case 2: arrange(UInt16.self)
    case 4: arrange(UInt32.self)
    default: arrange(UInt64.self)
    }
  }
}
