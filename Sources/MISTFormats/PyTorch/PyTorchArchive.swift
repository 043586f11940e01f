/// A checkpoint that `torch.save` wrote (`Formats/pytorch-checkpoint.md`): `.pth`, `.pt`, `.bin` and `.ckpt` files in both
/// of its layouts, mapped. Its pickle is read by an interpreter that calls nothing.
///
/// Tensors have the names of their state dict; where several parts of a checkpoint hold weights, these begin with the
/// part's key. Contiguous tensors are views of the mapped file, others are gathered when they are read.
package final class PyTorchArchive: TensorArchive {
  package let path: String
  package var format: String { "pytorch" }
  /// `pytorch.layout` (`zip` or `legacy`), `pytorch.state_dict` (the key under which the weights were found) and
  /// `pytorch.left_out` (what beside them has tensors too).
  package let metadata: [String: String]
  package let tensors: [TensorInfo]

  private enum Source {
    case member(ZipMember)
    case file(Range<Int>)
  }
  private struct Place {
    let source: Source
    let tensor: PyTorchTensor
  }
  private let file: MappedFile
  private let zip: ZipArchive?
  private let places: [Place]
  private let index: [String: Int]

  /// Opens the checkpoint at `path`.
  /// Throws the errors of `MappedFile`, and one of the `zip.`, `pickle.` and `pytorch.` codes when a rule of the format is
  /// broken.
  package convenience init(path: String) throws {
    try self.init(file: MappedFile(path: path))
  }

  /// Opens a file that is mapped, or in memory, already.
  package convenience init(file: MappedFile) throws {
    try self.init(file: file, zip: file.bytes.starts(with: Array("PK".utf8)) ? ZipArchive(file: file) : nil)
  }

  /// `zip` is the same file as an archive, where it is one.
  init(file: MappedFile, zip: ZipArchive?) throws {
    path = file.path
    self.file = file
    self.zip = zip
    do {
      let weights: PyTorchWeights
      let locate: (PyTorchStorage, String) throws -> Source
      if let zip {
        let layout = try PyTorchZipLayout(zip)
        let (value, objects) = try layout.unpickle()
        weights = try PyTorchWeights(value, in: objects)
        locate = { .member(try layout.member(of: $0, $1)) }
      } else {
        let layout = try withExtendedLifetime(file) { try PyTorchLegacyLayout(file) }
        weights = try PyTorchWeights(layout.value, in: layout.objects)
        locate = { .file(try layout.range(of: $0, $1)) }
      }
      places = try weights.tensors.map { name, tensor in
        Place(source: try locate(tensor.storage, "tensor \(quoted(name))"), tensor: tensor)
      }
      tensors = weights.tensors.map {
        TensorInfo(name: $0.name, dtype: $0.tensor.dtype, shape: $0.tensor.shape)
      }
      var metadata = ["pytorch.layout": zip == nil ? "legacy" : "zip"]
      if !weights.path.isEmpty { metadata["pytorch.state_dict"] = weights.path }
      if !weights.leftOut.isEmpty { metadata["pytorch.left_out"] = weights.leftOut.joined(separator: ", ") }
      self.metadata = metadata
    } catch let error as MISTError {
      throw error.inFile(file.path)
    }
    index = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  package func info(_ name: String) -> TensorInfo? { index[name].map { tensors[$0] } }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let number = index[name] else { throw tensorNotFound(name) }
    let (place, info) = (places[number], tensors[number])
    guard info.byteCount > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    switch place.source {
    case .file(let range):
      let view = UnsafeRawBufferPointer(
        rebasing: file.bytes[range][(range.lowerBound + place.tensor.extent.lowerBound)...]
          .prefix(place.tensor.extent.count))
      return try withExtendedLifetime(file) {
        try give(view, place.tensor, info.byteCount, isMapped: true, body)
      }
    case .member(let member):
      guard let zip else { throw MISTError(.bug, file: path, "a member of no archive was to be read") }
      if member.method == .stored {
        return try zip.withBytes(of: member) {
          try give(
            UnsafeRawBufferPointer(rebasing: $0[place.tensor.extent]), place.tensor, info.byteCount,
            isMapped: true, body)
        }
      }
      return try PageMemory.withBytes(place.tensor.extent.count) { part in
        try zip.read(member, from: place.tensor.extent.lowerBound, into: part)
        return try give(UnsafeRawBufferPointer(part), place.tensor, info.byteCount, isMapped: false, body)
      }
    }
  }

  /// Hands on `extent`, or a row-major copy of the elements in it.
  private func give<R>(
    _ extent: UnsafeRawBufferPointer, _ tensor: PyTorchTensor, _ byteCount: Int, isMapped: Bool,
    _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    guard !tensor.isContiguous else { return try body(extent) }
    return try PageMemory.withBytes(byteCount) { copy in
      StridedView(shape: tensor.shape, strides: tensor.strides, elementSize: tensor.dtype.size)
        .gather(extent, into: copy) { done in
          if isMapped { file.release(UnsafeRawBufferPointer(rebasing: extent[..<done])) }
        }
      return try body(UnsafeRawBufferPointer(copy))
    }
  }

  package func release(_ name: String) {
    guard let number = index[name] else { return }
    switch places[number].source {
    case .member(let member): zip?.release(member)
    case .file(let range): file.release(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    }
  }
}
