/// The records at a zip archive's end: where its directory lies and how many members it lists.
struct ZipEndRecord {
  let count: Int
  /// Where the directory lies in the file.
  let directory: Range<Int>
  /// Where the archive's comment lies in the file, empty where there is none.
  let comment: Range<Int>

  private static let size = 22
  private static let locatorSize = 20
  private static let record64Size = 56

  /// Finds and checks the records. Errors do not name the file.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    let position = try Self.find(bytes)
    let end = LittleEndianFields(bytes, at: position)
    guard end.u16(4) == 0, end.u16(6) == 0, end.u16(8) == end.u16(10) else {
      throw MISTError(
        .zipMultiDisk, at: "byte \(position)", "the archive is one part of several",
        advice: "join the parts first")
    }
    var (count, size, start) = (UInt64(end.u16(10)), UInt64(end.u32(12)), UInt64(end.u32(16)))
    comment = position + Self.size..<bytes.count
    var limit = position
    if let record = try Self.record64(bytes, before: position) {
      let wide = LittleEndianFields(bytes, at: record)
      guard wide.u32(16) == 0, wide.u32(20) == 0, wide.u64(24) == wide.u64(32) else {
        throw MISTError(
          .zipMultiDisk, at: "byte \(record)", "the archive is one part of several",
          advice: "join the parts first")
      }
      func agree(_ narrow: UInt64, _ wide: UInt64, _ saturated: UInt64) -> Bool {
        narrow == saturated || narrow == wide
      }
      guard agree(count, wide.u64(32), 0xffff), agree(size, wide.u64(40), 0xffff_ffff),
        agree(start, wide.u64(48), 0xffff_ffff)
      else {
        throw MISTError(
          .zipInvalidZip64, at: "byte \(record)", "the 64-bit end record contradicts the 32-bit one")
      }
      (count, size, start) = (wide.u64(32), wide.u64(40), wide.u64(48))
      limit = record
    }
    guard count <= UInt64(ZipLimits.members) else {
      throw MISTError(
        .zipTooManyMembers, at: "byte \(position)",
        "the archive claims \(count) members, more than the limit of \(ZipLimits.members)")
    }
    let (upper, overflow) = start.addingReportingOverflow(size)
    guard !overflow, upper <= UInt64(limit) else {
      throw MISTError(
        .zipDirectoryBounds, at: "byte \(position)",
        "the directory's \(size) bytes at \(start) do not lie before the end record at \(limit)",
        advice: "the file may be damaged, download it again")
    }
    self.count = Int(count)
    directory = Int(start)..<Int(upper)
  }

  /// The end record is the last one whose comment reaches exactly to the file's end.
  private static func find(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    var position = bytes.count - size
    let first = max(0, bytes.count - size - 0xffff)
    while position >= first {
      let fields = LittleEndianFields(bytes, at: position)
      if fields.u32(0) == 0x0605_4b50, position + size + Int(fields.u16(20)) == bytes.count {
        return position
      }
      position -= 1
    }
    throw MISTError(
      .zipNoEnd, "it begins like a zip archive, but has no end record",
      advice: "the file is cut off, download it again")
  }

  /// Where the 64-bit end record lies, nil when there is none.
  private static func record64(_ bytes: UnsafeRawBufferPointer, before position: Int) throws -> Int? {
    let place = position - locatorSize
    guard place >= 0 else { return nil }
    let locator = LittleEndianFields(bytes, at: place)
    guard locator.u32(0) == 0x0706_4b50 else { return nil }
    guard locator.u32(4) == 0, locator.u32(16) <= 1 else {
      throw MISTError(
        .zipMultiDisk, at: "byte \(place)", "the archive is one part of several",
        advice: "join the parts first")
    }
    let offset = locator.u64(8)
    guard place >= record64Size, offset <= UInt64(place - record64Size) else {
      throw MISTError(
        .zipInvalidZip64, at: "byte \(place)", "the 64-bit end record at \(offset) is not before its locator")
    }
    let record = LittleEndianFields(bytes, at: Int(offset))
    guard record.u32(0) == 0x0606_4b50, record.u64(4) >= UInt64(record64Size - 12) else {
      throw MISTError(.zipInvalidZip64, at: "byte \(offset)", "this is not a 64-bit end record")
    }
    return Int(offset)
  }
}

/// Little-endian numbers of a record whose whole length has been checked to lie in the file.
struct LittleEndianFields {
  private let bytes: UnsafeRawBufferPointer
  private let start: Int

  init(_ bytes: UnsafeRawBufferPointer, at start: Int) {
    self.bytes = bytes
    self.start = start
  }

  func u16(_ offset: Int) -> UInt16 { load(offset) }
  func u32(_ offset: Int) -> UInt32 { load(offset) }
  func u64(_ offset: Int) -> UInt64 { load(offset) }

  private func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T {
    let place = start + offset
    precondition(place >= 0 && place <= bytes.count - MemoryLayout<T>.size)
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: T.self))
  }
}
