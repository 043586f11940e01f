import CZip
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// libzip over a mapped file: it inflates members and checks their checksums. What it makes of the directory is
/// compared with our own reading, so that no archive means one thing to one and another to the other.
final class ZipLibrary: @unchecked Sendable {
  private let file: MappedFile
  private let archive: OpaquePointer
  /// libzip's archives must not be used by two threads at once.
  private let lock = Mutex(())

  init(_ file: MappedFile) throws {
    self.file = file
    var failure = zip_error_t()
    zip_error_init(&failure)
    defer { zip_error_fini(&failure) }
    func refuse() -> MISTError {
      MISTError(
        .zipInconsistent, file: file.path,
        "libzip cannot open the archive: \(String(cString: zip_error_strerror(&failure)))")
    }
    guard
      let source = zip_source_buffer_create(
        file.bytes.baseAddress, UInt64(file.bytes.count), 0, &failure)
    else { throw refuse() }
    guard let archive = zip_open_from_source(source, ZIP_RDONLY, &failure) else {
      zip_source_free(source)
      throw refuse()
    }
    self.archive = archive
  }

  deinit { zip_discard(archive) }

  /// Throws `zip.inconsistent` when libzip sees other members.
  func compare(with entries: [ZipDirectory.Entry], _ bytes: UnsafeRawBufferPointer) throws {
    let count = zip_get_num_entries(archive, 0)
    guard count == entries.count else {
      throw inconsistent("libzip sees \(count) members where the directory lists \(entries.count)")
    }
    for (place, entry) in entries.enumerated() {
      var status = zip_stat_t()
      guard zip_stat_index(archive, UInt64(place), 0, &status) == 0,
        let name = zip_get_name(archive, UInt64(place), zip_flags_t(ZIP_FL_ENC_RAW)),
        UnsafeRawBufferPointer(start: name, count: strlen(name)).elementsEqual(bytes[entry.rawName]),
        status.size == UInt64(entry.size), status.comp_size == UInt64(entry.compressedSize),
        status.comp_method == entry.method, status.encryption_method == 0, status.crc == entry.checksum
      else { throw inconsistent("libzip reads its entry in the directory otherwise", at: entry.place) }
    }
  }

  /// Reads bytes of a member from `offset` on into all of `buffer`; where that reaches the member's end, checks its
  /// size and its checksum.
  func read(_ member: ZipMember, from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    try lock.withLock { _ in
      guard let stream = zip_fopen_index(archive, UInt64(member.place), 0) else {
        throw damaged(member, String(cString: zip_error_strerror(zip_get_error(archive))))
      }
      defer {
        zip_fclose(stream)
        file.release(UnsafeRawBufferPointer(rebasing: file.bytes[member.range]))
      }
      try skip(offset, stream, member)
      try fill(buffer, stream, member)
      guard offset + buffer.count == member.size else { return }
      // The checksum is compared when the stream's end is met.
      var beyond: UInt8 = 0
      let count = zip_fread(stream, &beyond, 1)
      guard count == 0 else {
        throw count < 0 ? failure(stream, member) : damaged(member, "it has more bytes than it declares")
      }
    }
  }

  private static let chunk = 1 << 16

  private func skip(_ count: Int, _ stream: OpaquePointer, _ member: ZipMember) throws {
    guard count > 0 else { return }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, Self.chunk), alignment: 16)
    defer { scratch.deallocate() }
    var left = count
    while left > 0 {
      let part = min(left, scratch.count)
      try fill(UnsafeMutableRawBufferPointer(rebasing: scratch[..<part]), stream, member)
      left -= part
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ stream: OpaquePointer, _ member: ZipMember
  ) throws {
    var filled = 0
    while filled < buffer.count, let base = buffer.baseAddress {
      let count = zip_fread(stream, base + filled, UInt64(buffer.count - filled))
      guard count > 0 else {
        throw count < 0 ? failure(stream, member) : damaged(member, "it has fewer bytes than it declares")
      }
      filled += Int(count)
    }
  }

  private func failure(_ stream: OpaquePointer, _ member: ZipMember) -> MISTError {
    let error = zip_file_get_error(stream)
    let message = String(cString: zip_error_strerror(error))
    return zip_error_code_zip(error) == ZIP_ER_CRC
      ? MISTError.zipChecksum(file.path, member) : damaged(member, message)
  }

  private func damaged(_ member: ZipMember, _ problem: String) -> MISTError {
    MISTError(
      .zipDamagedData, file: file.path, at: "member \(quoted(member.name))",
      "its data cannot be read: \(problem)", advice: "the file is damaged, download it again")
  }

  private func inconsistent(_ problem: String, at place: String? = nil) -> MISTError {
    MISTError(.zipInconsistent, file: file.path, at: place, problem)
  }
}

extension MISTError {
  static func zipChecksum(_ path: String, _ member: ZipMember) -> MISTError {
    MISTError(
      .zipChecksum, file: path, at: "member \(quoted(member.name))",
      "its bytes do not have the checksum that the archive gives",
      advice: "the file is damaged, download it again")
  }
}
