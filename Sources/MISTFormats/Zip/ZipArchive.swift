import CZlib
import Synchronization

/// A zip archive (`Formats/zip.md`), mapped: its members listed and checked, stored ones read as views of the file,
/// deflated ones through libzip. Opening reads headers only, and refuses what would ask for more memory or time than
/// the file's size warrants before anything is allocated.
package final class ZipArchive: Sendable {
  package let path: String
  /// In the directory's order; folders are members of size 0 whose names end in `/`.
  package let members: [ZipMember]
  /// The archive's comment: up to 65,535 bytes that belong to no member.
  package let comment: [UInt8]

  private let file: MappedFile
  private let library: ZipLibrary
  private let index: [String: Int]
  /// Members whose checksum has been found right, by place.
  private let checked = Mutex<Set<Int>>([])

  /// Opens the archive at `path`.
  /// Throws the errors of `MappedFile`, and one of the `zip.` codes when a rule of the format is broken.
  package convenience init(path: String) throws { try self.init(file: MappedFile(path: path)) }

  /// Opens a file that is mapped, or in memory, already.
  package init(file: MappedFile) throws {
    self.file = file
    path = file.path
    let bytes = file.bytes
    do {
      let directory = try ZipDirectory(bytes)
      var members: [ZipMember] = []
      for (place, entry) in directory.entries.enumerated() {
        members.append(try ZipMember(entry, at: place, in: bytes, directory: directory.start))
        // With a header the system maps what is around it; of many large members that would add up.
        file.release(UnsafeRawBufferPointer(rebasing: bytes[entry.header..<directory.start].prefix(1)))
      }
      self.members = members
      comment = Array(bytes[directory.comment])
      index = directory.index
      try Self.checkLayout(members)
      library = try ZipLibrary(file)
      try library.compare(with: directory.entries, bytes)
    } catch let error as MISTError {
      throw error.inFile(file.path)
    }
    file.release(bytes)
  }

  /// The member of that name, nil when there is none.
  package func member(_ name: String) -> ZipMember? { index[name].map { members[$0] } }

  /// Calls `body` with all bytes of `member`, checksum compared: a view of the mapped file when it is stored, else a
  /// buffer of its size. The view must not outlive the call and may be unaligned.
  /// Throws `zip.checksum` and `zip.damaged-data`.
  package func withBytes<R>(of member: ZipMember, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard member.method == .deflated else {
      try check(member)
      return try withExtendedLifetime(file) { try body(view(member)) }
    }
    return try PageMemory.withBytes(member.size) { buffer in
      try library.read(member, from: 0, into: buffer)
      return try body(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Copies bytes of `member` from `offset` on into all of `buffer`; they must lie within it. The checksum is compared
  /// when the member is stored or `buffer` reaches its end.
  package func read(_ member: ZipMember, from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws
  {
    let (end, overflow) = offset.addingReportingOverflow(buffer.count)
    guard offset >= 0, !overflow, end <= member.size else {
      throw MISTError(
        .bug, file: path, at: "member \(quoted(member.name))",
        "\(buffer.count) bytes at \(offset) of its \(member.size) were asked for")
    }
    guard member.method == .stored else { return try library.read(member, from: offset, into: buffer) }
    try check(member)
    withExtendedLifetime(file) {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: view(member)[offset..<end]))
    }
  }

  /// The first `count` bytes of `member`, or as many as it has. Of a stored member the checksum is not compared, because
  /// that reads it whole: this is for headers.
  package func prefix(of member: ZipMember, count: Int) throws -> [UInt8] {
    let size = min(max(count, 0), member.size)
    guard member.method == .deflated else {
      return withExtendedLifetime(file) {
        let bytes = [UInt8](view(member).prefix(size))
        // With a header the system maps what is around it; of many large members that would add up.
        file.release(UnsafeRawBufferPointer(rebasing: view(member).prefix(1)))
        return bytes
      }
    }
    var bytes = [UInt8](repeating: 0, count: size)
    try bytes.withUnsafeMutableBytes { try library.read(member, from: 0, into: $0) }
    return bytes
  }

  /// Gives back the resident pages of `member`.
  package func release(_ member: ZipMember) { file.release(view(member)) }

  private func view(_ member: ZipMember) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[member.range])
  }

  /// Bytes of which the checksum is taken at a time, and then released when more follow.
  private static let chunk = 1 << 22

  /// Compares a stored member's checksum, once. PyTorch can be told not to compute any and then writes 0, which is
  /// therefore not looked at.
  private func check(_ member: ZipMember) throws {
    guard member.checksum != 0, !checked.withLock({ $0.contains(member.place) }) else { return }
    var sum: uLong = 0
    withExtendedLifetime(file) {
      var rest = view(member)
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.chunk))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Self.chunk))
        sum = crc32_z(sum, part.bindMemory(to: Bytef.self).baseAddress, part.count)
        if !rest.isEmpty { file.release(part) }
      }
    }
    guard sum == uLong(member.checksum) else { throw MISTError.zipChecksum(path, member) }
    checked.withLock { _ = $0.insert(member.place) }
  }

  /// Members must not share bytes, and together must not inflate beyond what the file's size warrants.
  private static func checkLayout(_ members: [ZipMember]) throws {
    var end = 0
    var before: ZipMember?
    for member in members.sorted(by: { $0.header < $1.header }) {
      guard member.header >= end else {
        throw MISTError(
          .zipOverlap, at: "member \(quoted(member.name))",
          "its header at byte \(member.header) lies inside member \(quoted(before?.name ?? ""))")
      }
      end = member.range.upperBound
      before = member
    }
    var (inflated, compressed) = (0, 0)
    for member in members where member.method == .deflated {
      // Neither overflows: at most 65,536 members of at most 2³² bytes, and no more than the file has.
      inflated += member.size
      compressed += member.compressedSize
    }
    guard !ZipMember.isBomb(inflated, compressed) else {
      throw MISTError(
        .zipBomb,
        "the \(compressed) bytes of its members would become \(inflated), more than \(ZipLimits.ratio) times as many",
        advice: "the archive seems made to exhaust memory; if it is not, store its members uncompressed")
    }
  }
}
