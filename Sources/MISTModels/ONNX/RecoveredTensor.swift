import MISTFormats

/// One parameter of a recovered archive: the stored tensors it is made of, in order, and how each is laid out.
struct RecoveredTensor: Sendable, Hashable {
  struct Piece: Sendable, Hashable {
    /// The archive's name of the stored tensor.
    let tensor: String
    /// Elements used, from the start: fewer than stored where the exporter repeated the tensor over a batch.
    let elements: Int
    /// Elements before them.
    var offset = 0
    /// Rows and columns of the stored matrix, where the parameter is its transpose.
    var transposedFrom: [Int]?
    /// Those columns of it that are used, where not all are.
    var columns: Range<Int>?
  }

  let info: TensorInfo
  let pieces: [Piece]

  /// The stored tensor `source` under another name and, if need be, another shape of the same elements.
  init(_ name: String, as source: TensorInfo, shape: [Int]? = nil) {
    info = TensorInfo(name: name, dtype: source.dtype, shape: shape ?? source.shape)
    pieces = [Piece(tensor: source.name, elements: source.count)]
  }

  /// The transpose `[out, in]` of the stored matrix `source` `[in, out]`.
  init(_ name: String, transposeOf source: TensorInfo) {
    info = TensorInfo(name: name, dtype: source.dtype, shape: source.shape.reversed())
    pieces = [Piece(tensor: source.name, elements: source.count, transposedFrom: source.shape)]
  }

  init(_ name: String, dtype: DType, shape: [Int], pieces: [Piece]) {
    info = TensorInfo(name: name, dtype: dtype, shape: shape)
    self.pieces = pieces
  }

  /// Calls `body` with the parameter's bytes: the stored ones where nothing has to move, else a copy made for this call.
  func withBytes<R>(in archive: any TensorArchive, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    if pieces.count == 1, pieces[0].transposedFrom == nil {
      return try archive.withBytes(of: pieces[0].tensor) { bytes in
        let start = min(pieces[0].offset * info.dtype.size, bytes.count)
        let end = min(start + info.byteCount, bytes.count)
        return try body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
    }
    return try PageMemory.withBytes(info.byteCount) { copy in
      try fill(copy, from: archive)
      return try body(UnsafeRawBufferPointer(copy))
    }
  }

  /// Gives back the memory that reading the pieces has taken.
  func release(in archive: any TensorArchive) {
    for piece in pieces { archive.release(piece.tensor) }
  }

  private func fill(_ copy: UnsafeMutableRawBufferPointer, from archive: any TensorArchive) throws {
    var offset = 0
    for piece in pieces {
      let count = piece.elements * info.dtype.size
      guard offset + count <= info.byteCount else { throw mismatch(archive) }
      let target = UnsafeMutableRawBufferPointer(rebasing: copy[offset..<offset + count])
      try archive.withBytes(of: piece.tensor) { bytes in
        let start = piece.offset * info.dtype.size
        guard bytes.count >= start + count else { throw mismatch(archive) }
        if let matrix = piece.transposedFrom {
          guard bytes.count >= matrix[0] * matrix[1] * info.dtype.size else { throw mismatch(archive) }
          MatrixTranspose.run(
            bytes, rows: matrix[0], rowStride: matrix[1], columns: piece.columns ?? 0..<matrix[1],
            size: info.dtype.size, into: target, columnStride: matrix[0])
        } else {
          target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
        }
      }
      archive.release(piece.tensor)
      offset += count
    }
  }

  private func mismatch(_ archive: any TensorArchive) -> MISTError {
    MISTError(
      .onnxWeightShape, file: archive.path, at: info.name,
      "its parts \(pieces.map(\.tensor)) do not add up to \(info.shape)")
  }
}
