extension ErrorCode {
  package static let archiveUnknownFormat = ErrorCode("archive.unknown-format")
}

/// Opens a file of tensors in whichever format it is: told by its content, and by its name's extension where
/// the content is damaged.
/// Throws `archive.unknown-format`, saying what the file looks like, and whatever opening that format throws.
package func openArchive(_ path: String) throws -> any TensorArchive {
  if isFolder(path) { return try SafetensorsArchive(path: path) }
  let name = lastComponent(of: path).lowercased()
  if name.hasSuffix(ShardedArchive.ending) { return try ShardedArchive(path: path) }
  let file = try MappedFile(path: path)
  if looksLikeSafetensors(file.bytes) { return try SafetensorsArchive(file: file) }
  if looksLikeONNX(file.bytes) { return try ONNXArchive(file: file) }
  if looksLikeNPZ(file.bytes, name) { return try NPZArchive(zip: ZipArchive(file: file)) }
  if file.bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) { return try openZip(file) }
  if file.bytes.count > 2, file.bytes[0] == 0x80, (2...5).contains(file.bytes[1]) {
    return try PyTorchArchive(file: file, zip: nil)
  }
  if let known = knownFormat(file.bytes) {
    throw MISTError(
      .archiveUnknownFormat, file: path,
      "a safetensors, ONNX, PyTorch or .npz file is expected, but this is \(known.what)",
      advice: known.advice)
  }
  if name.hasSuffix(".safetensors") { return try SafetensorsArchive(file: file) }
  if name.hasSuffix(".onnx") { return try ONNXArchive(file: file) }
  let start = file.bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
  throw MISTError(
    .archiveUnknownFormat, file: path,
    file.bytes.isEmpty
      ? "the file is empty"
      : "a safetensors, ONNX, PyTorch or .npz file is expected, but this begins with the bytes \(start)")
}

/// A zip archive that is no .npz, told by its members' names.
private func openZip(_ file: MappedFile) throws -> any TensorArchive {
  let zip = try ZipArchive(file: file)
  if PyTorchZipLayout.claims(zip) { return try PyTorchArchive(file: file, zip: zip) }
  throw MISTError(
    .archiveUnknownFormat, file: file.path,
    "this is a zip archive, but of no format that is read: it has no FOLDER/data.pkl and no .npy member",
    advice: "unpack it")
}

/// A header length that fits, and an object behind it.
private func looksLikeSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
  guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
  let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
  return length <= UInt64(bytes.count - 8)
}

/// Well-formed fields to the end, only such as `ModelProto` has, and a graph among them.
private func looksLikeONNX(_ bytes: UnsafeRawBufferPointer) -> Bool {
  var reader = WireReader(bytes, 0..<bytes.count, "ModelProto")
  var hasGraph = false
  do {
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .varint), (5, .varint): break
      case (2, .bytes), (3, .bytes), (4, .bytes), (6, .bytes), (8, .bytes): break
      case (14, .bytes), (20, .bytes), (25, .bytes), (26, .bytes): break
      case (7, .bytes): hasGraph = true
      default: return false
      }
    }
  } catch {
    return false
  }
  return hasGraph
}

/// A zip archive whose first member is an array, or any that is called so.
private func looksLikeNPZ(_ bytes: UnsafeRawBufferPointer, _ name: String) -> Bool {
  guard bytes.starts(with: [0x50, 0x4b, 3, 4]) || bytes.starts(with: [0x50, 0x4b, 5, 6]) else { return false }
  return name.hasSuffix(".npz") || firstEntry(bytes).hasSuffix(".npy")
}

/// The first entry's name, which follows a zip archive's local header of 30 bytes.
private func firstEntry(_ bytes: UnsafeRawBufferPointer) -> String {
  guard bytes.count > 30 else { return "" }
  return String(decoding: bytes[30...].prefix(Int(bytes[26]) | Int(bytes[27]) << 8), as: UTF8.self)
}

/// Formats that people have weights in, told by their first bytes, and what to do about them.
private func knownFormat(_ bytes: UnsafeRawBufferPointer) -> (what: String, advice: String?)? {
  func begins(_ prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }
  func begins(_ prefix: String) -> Bool { begins(Array(prefix.utf8)) }
  if bytes.count > 262, bytes[257..<262].elementsEqual(Array("ustar".utf8)) {
    return (
      "a tar archive, as PyTorch's first versions wrote",
      "load it with PyTorch and save it again"
    )
  }
  if begins([0x89] + Array("HDF\r\n\u{1a}\n".utf8)) {
    return ("an HDF5 file, which cannot be read yet", "save its arrays with the safetensors package")
  }
  if begins([0x93] + Array("NUMPY".utf8)) {
    return ("a NumPy array, which cannot be read yet", "save it with the safetensors package")
  }
  if begins("GGUF") { return ("a GGUF file, which cannot be read yet", nil) }
  if begins("version https://git-lfs") {
    return ("a Git LFS pointer in place of the real file", "fetch the file with 'git lfs pull'")
  }
  if begins("<!DOCTYPE") || begins("<html") || begins("<!doctype") {
    return ("a web page", "download the file itself")
  }
  return nil
}
