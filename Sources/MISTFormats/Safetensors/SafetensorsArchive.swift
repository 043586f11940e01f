/// A safetensors file (`Formats/safetensors.md`), mapped: opening reads the header only, and tensors are
/// views.
package struct SafetensorsArchive: TensorArchive {
  package let path: String
  package var format: String { "safetensors" }
  package var metadata: [String: String] { header.metadata }
  /// In the order of their bytes in the file.
  package let tensors: [TensorInfo]

  private let file: MappedFile
  private let header: SafetensorsHeader

  /// Opens the file at `path` and checks all of its header.
  /// Throws the errors of `MappedFile`, and one of the `safetensors.` codes when a rule of the format is
  /// broken.
  package init(path: String) throws {
    if isFolder(path) {
      throw MISTError(
        .safetensorsFolder, file: path, "one safetensors file is expected, but this is a folder",
        advice: "name a file in it, or the index of several")
    }
    try self.init(file: MappedFile(path: path))
  }

  /// Opens a file that is mapped, or in memory, already.
  package init(file: MappedFile) throws {
    self.file = file
    path = file.path
    do {
      header = try withExtendedLifetime(file) { try SafetensorsHeader(file: file.bytes) }
    } catch let error as MISTError {
      throw error.inFile(file.path)
    }
    tensors = header.entries.map(\.info)
  }

  package func info(_ name: String) -> TensorInfo? { header.index[name].map { header.entries[$0].info } }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let place = header.index[name] else { throw tensorNotFound(name) }
    return try withExtendedLifetime(file) {
      try body(UnsafeRawBufferPointer(rebasing: file.bytes[header.entries[place].range]))
    }
  }

  package func release(_ name: String) {
    guard let place = header.index[name] else { return }
    file.release(UnsafeRawBufferPointer(rebasing: file.bytes[header.entries[place].range]))
  }

  /// See `MappedFile.readSparsely`, and `fetch`, of a part of a tensor.
  package func readSparsely() { file.readSparsely() }
  package func fetch(_ bytes: UnsafeRawBufferPointer) { file.fetch(bytes) }

  /// Gives back the resident pages of the whole file.
  package func releaseAll() { file.release(file.bytes) }
}
