/// Elements of a run of bytes by shape and strides, as PyTorch's tensors see their storages.
struct StridedView {
  let shape: [Int]
  let strides: [Int]
  let elementSize: Int

  enum Failure: Error {
    case overflow, bounds, expansion

    func sentence(_ count: Int) -> String {
      switch self {
      case .overflow: "has more bytes than 63 bits can count"
      case .bounds: "does not lie in its storage of \(count) elements"
      case .expansion:
        "repeats the \(count) elements of its storage to more than \(PyTorchLimits.expanded) bytes"
      }
    }
  }

  /// The bytes that elements lie in, for a view that begins `offset` elements into `storage`. No dimension and no
  /// stride is negative.
  func extent(from offset: Int, in storage: Range<Int>) -> Result<Range<Int>, Failure> {
    guard let size = checkedCount(shape.map { max($0, 1) })?.multipliedReportingOverflow(by: elementSize),
      !size.overflow
    else { return .failure(.overflow) }
    guard !shape.contains(0) else { return .success(storage.lowerBound..<storage.lowerBound) }
    var last = offset
    for (size, stride) in zip(shape, strides) {
      let (step, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      guard !overflow, case (let sum, let overflow) = last.addingReportingOverflow(step), !overflow else {
        return .failure(.bounds)
      }
      last = sum
    }
    guard last < storage.count / elementSize else { return .failure(.bounds) }
    guard size.partialValue <= storage.count || size.partialValue <= PyTorchLimits.expanded else {
      return .failure(.expansion)
    }
    let start = storage.lowerBound + offset * elementSize
    return .success(start..<storage.lowerBound + (last + 1) * elementSize)
  }

  /// Copies the elements, of which the first is at the start of `source`, row-major into all of `target`. Walks in the
  /// order of `source` and calls `done` with how many of its bytes are not needed any more, every few MiB, so that a
  /// mapped file need not be resident whole beside the copy.
  func gather(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    done: (Int) -> Void = { _ in }
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    var rowMajor = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { rowMajor[axis] = rowMajor[axis + 1] * shape[axis + 1] }
    let axes = shape.indices.filter { shape[$0] != 1 }.sorted { strides[$0] > strides[$1] }
    guard let inner = axes.last else { return to.copyMemory(from: from, byteCount: elementSize) }
    let outer = axes.dropLast()
    var index = [Int](repeating: 0, count: outer.count)
    var (read, write, released) = (0, 0, 0)
    while true {
      copyRun(
        from + read * elementSize, strides[inner], to + write * elementSize, rowMajor[inner], shape[inner])
      var level = outer.count - 1
      while level >= 0 {
        let axis = outer[level]
        index[level] += 1
        read += strides[axis]
        write += rowMajor[axis]
        if index[level] < shape[axis] { break }
        read -= strides[axis] * shape[axis]
        write -= rowMajor[axis] * shape[axis]
        index[level] = 0
        level -= 1
      }
      guard level >= 0 else { return }
      if read * elementSize - released >= 1 << 23 {
        released = read * elementSize
        done(released)
      }
    }
  }

  private func copyRun(
    _ from: UnsafeRawPointer, _ fromStride: Int, _ to: UnsafeMutableRawPointer, _ toStride: Int, _ count: Int
  ) {
    if fromStride == 1, toStride == 1 { return to.copyMemory(from: from, byteCount: count * elementSize) }
    func copy<T: BitwiseCopyable>(_: T.Type) {
      let size = MemoryLayout<T>.size
      for i in 0..<count {
        to.storeBytes(
          of: from.loadUnaligned(fromByteOffset: i * fromStride * size, as: T.self),
          toByteOffset: i * toStride * size, as: T.self)
      }
    }
    switch elementSize {
    case 1: copy(UInt8.self)
    case 2: copy(UInt16.self)
    case 4: copy(UInt32.self)
    default: copy(UInt64.self)
    }
  }
}
