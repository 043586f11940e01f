/// A NumPy `.npz` file (`Formats/npz.md`): a zip archive of arrays. Opening reads the arrays' headers only; stored arrays
/// are views of the mapped file, deflated ones are inflated when they are asked for.
package struct NPZArchive: TensorArchive {
  package let path: String
  package var format: String { "npz" }
  /// The archive's comment, where it has one that is text, under `comment`.
  package let metadata: [String: String]
  /// In the order of the archive's directory.
  package let tensors: [TensorInfo]

  private struct Entry: Sendable {
    let member: ZipMember
    let header: NPYHeader
  }

  private let zip: ZipArchive
  private let entries: [String: Entry]
  private static let ending = ".npy"

  /// Opens the file at `path` and checks every array's header.
  /// Throws the errors of `MappedFile`, the `zip.` codes, and one of the `npz.` codes when a rule of the format is broken.
  package init(path: String) throws { try self.init(zip: ZipArchive(path: path)) }

  /// The arrays of an archive that is already open.
  package init(zip: ZipArchive) throws {
    self.zip = zip
    path = zip.path
    metadata =
      zip.comment.isEmpty
      ? [:] : String(validating: zip.comment, as: UTF8.self).map { ["comment": $0] } ?? [:]
    var tensors: [TensorInfo] = []
    var entries: [String: Entry] = [:]
    for member in zip.members {
      do {
        guard member.name.hasSuffix(Self.ending), member.name != Self.ending else {
          throw MISTError(
            .npzUnexpectedMember,
            "only arrays, whose names end in \(Self.ending), are expected in an .npz file")
        }
        let name = String(member.name.dropLast(Self.ending.count))
        let header = try Self.header(of: member, in: zip)
        entries[name] = Entry(member: member, header: header)
        tensors.append(TensorInfo(name: name, dtype: header.type.dtype, shape: header.shape))
      } catch let error as MISTError {
        throw MISTError(
          error.code, file: path, at: error.place ?? "member \(quoted(member.name))", error.problem,
          advice: error.advice)
      }
    }
    self.tensors = tensors
    self.entries = entries
  }

  private static func header(of member: ZipMember, in zip: ZipArchive) throws -> NPYHeader {
    func start(_ count: Int) throws -> [UInt8] { try zip.prefix(of: member, count: min(count, member.size)) }
    let size = try start(NPYHeader.prefix).withUnsafeBytes { try NPYHeader.size($0) }
    guard size <= member.size else {
      throw MISTError(
        .npzHeaderBeyondMember, "its header claims \(size) bytes, but it has \(member.size) in all")
    }
    let header = try start(size).withUnsafeBytes { try NPYHeader($0) }
    let bytes = checkedByteCount(header.shape, header.type.dtype) ?? 0
    guard member.size - size == bytes else {
      throw MISTError(
        .npzSizeMismatch,
        "shape \(text(header.shape)) of \(header.type.dtype.rawValue) has \(bytes) bytes, but \(member.size - size) "
          + "follow its header", advice: "the file is damaged, save it again")
    }
    return header
  }

  package func info(_ name: String) -> TensorInfo? {
    entries[name].map { TensorInfo(name: name, dtype: $0.header.type.dtype, shape: $0.header.shape) }
  }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let entry = entries[name] else { throw tensorNotFound(name) }
    let (member, header) = (entry.member, entry.header)
    let elements = NPYElements(header)
    guard member.method == .stored else {
      return try PageMemory.withBytes(member.size - header.size) { buffer in
        try zip.read(member, from: header.size, into: buffer)
        return try elements.withRowMajor(UnsafeRawBufferPointer(buffer), scratch: buffer, body)
      }
    }
    return try zip.withBytes(of: member) {
      try elements.withRowMajor(UnsafeRawBufferPointer(rebasing: $0[header.size...]), scratch: nil, body)
    }
  }

  package func release(_ name: String) {
    if let entry = entries[name] { zip.release(entry.member) }
  }
}
