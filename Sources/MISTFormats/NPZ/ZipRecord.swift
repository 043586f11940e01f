/// One stored member of a zip archive being written, without times; with 64-bit fields only where a number needs them.
struct ZipRecord {
  let name: [UInt8]
  let size: Int
  /// Where its local header begins.
  let offset: Int
  var checksum: UInt32 = 0

  /// Where the checksum stands in a local header.
  static let checksumOffset = 14

  private static let narrow = 0xffff_ffff
  private static let signature = (local: UInt32(0x0403_4b50), central: UInt32(0x0201_4b50))

  init(name: [UInt8], size: Int, offset: Int) {
    self.name = name
    self.size = size
    self.offset = offset
  }

  private var isWide: Bool { size >= Self.narrow }
  private var narrowSize: UInt32 { UInt32(min(size, Self.narrow)) }

  /// Flag 11 says that the name is UTF-8; the date is the earliest that the format has, 1 January 1980.
  private func common(version: UInt16) -> [UInt8] {
    littleEndianBytes(version) + littleEndianBytes(UInt16(name.allSatisfy { $0 < 0x80 } ? 0 : 0x800))
      + littleEndianBytes(UInt16(0)) + littleEndianBytes(UInt16(0)) + littleEndianBytes(UInt16(0x21))
      + littleEndianBytes(checksum) + littleEndianBytes(narrowSize) + littleEndianBytes(narrowSize)
      + littleEndianBytes(UInt16(name.count))
  }

  private static func extra(_ numbers: [Int]) -> [UInt8] {
    numbers.isEmpty
      ? []
      : littleEndianBytes(UInt16(1)) + littleEndianBytes(UInt16(8 * numbers.count))
        + numbers.flatMap { littleEndianBytes(UInt64($0)) }
  }

  /// With a checksum of 0, to be written over.
  var localHeader: [UInt8] {
    let extra = Self.extra(isWide ? [size, size] : [])
    return littleEndianBytes(Self.signature.local) + common(version: isWide ? 45 : 20)
      + littleEndianBytes(UInt16(extra.count)) + name + extra
  }

  private var entry: [UInt8] {
    let isFar = offset >= Self.narrow
    let extra = Self.extra((isWide ? [size, size] : []) + (isFar ? [offset] : []))
    let version: UInt16 = isWide || isFar ? 45 : 20
    // Made on Unix, where files have the permissions 600 (as zipfile writes them).
    return littleEndianBytes(Self.signature.central) + littleEndianBytes(version | 3 << 8)
      + common(version: version) + littleEndianBytes(UInt16(extra.count)) + [UInt8](repeating: 0, count: 6)
      + littleEndianBytes(UInt32(0o600) << 16) + littleEndianBytes(UInt32(min(offset, Self.narrow))) + name
      + extra
  }

  /// The directory of `records`, which begins at `start`, with the records at the archive's end.
  static func directory(_ records: [ZipRecord], at start: Int, comment: [UInt8] = []) -> [UInt8] {
    var bytes = records.flatMap(\.entry)
    let (size, count) = (bytes.count, records.count)
    if start >= narrow || size >= narrow || count >= 0xffff {
      let end = start + size
      bytes += littleEndianBytes(UInt32(0x0606_4b50)) + littleEndianBytes(UInt64(44))
      bytes += littleEndianBytes(UInt16(45 | 3 << 8)) + littleEndianBytes(UInt16(45))
      bytes += [UInt8](repeating: 0, count: 8)
      for number in [count, count, size, start] { bytes += littleEndianBytes(UInt64(number)) }
      bytes += littleEndianBytes(UInt32(0x0706_4b50)) + littleEndianBytes(UInt32(0))
      bytes += littleEndianBytes(UInt64(end)) + littleEndianBytes(UInt32(1))
    }
    bytes += littleEndianBytes(UInt32(0x0605_4b50)) + [0, 0, 0, 0]
    bytes += littleEndianBytes(UInt16(min(count, 0xffff))) + littleEndianBytes(UInt16(min(count, 0xffff)))
    bytes += littleEndianBytes(UInt32(min(size, narrow))) + littleEndianBytes(UInt32(min(start, narrow)))
    return bytes + littleEndianBytes(UInt16(comment.count)) + comment
  }
}

/// The bytes of a number, lowest first.
func littleEndianBytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
