/// A bundle's outer layer: header and section table, checked whole before any section is read.
struct BundleContainer {
  static let magic: UInt64 = 0x4547_4445_5453_494D  // "MISTEDGE"
  static let readerVersion: UInt32 = 5
  static let headerSize = 64
  static let rowSize = 32
  static let alignment = 64
  static let maximumSections = 64

  let bytes: UnsafeRawBufferPointer
  let version: UInt32
  let minimumReader: UInt32
  private(set) var sections: [BundleSection] = []

  init(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) {
    self.bytes = bytes
    guard bytes.count >= 8, bytes.u64(at: 0) == Self.magic else { throw EdgeError(.badMagic) }
    guard bytes.count >= Self.headerSize else {
      throw EdgeError(.truncated, expected: Self.headerSize, found: bytes.count)
    }
    // Before anything else of the header: a later version may lay out the rest differently.
    version = bytes.u32(at: 8)
    minimumReader = bytes.u32(at: 12)
    guard minimumReader <= Self.readerVersion else {
      throw EdgeError(.readerTooOld, expected: UInt64(minimumReader), found: UInt64(Self.readerVersion))
    }
    guard version >= 1, minimumReader >= 1, minimumReader <= version else {
      throw EdgeError(.badVersion, found: version)
    }
    let total = bytes.u64(at: 16)
    guard total <= UInt64(bytes.count) else {
      throw EdgeError(.truncated, expected: total, found: UInt64(bytes.count))
    }
    guard total == UInt64(bytes.count) else {
      throw EdgeError(.trailingBytes, expected: total, found: UInt64(bytes.count))
    }
    let count = Int(truncatingIfNeeded: min(bytes.u32(at: 24), UInt32(Self.maximumSections) + 1))
    guard 1...Self.maximumSections ~= count else {
      throw EdgeError(.badSectionCount, found: bytes.u32(at: 24))
    }
    let tableEnd = Self.headerSize + count * Self.rowSize
    guard tableEnd <= bytes.count else {
      throw EdgeError(.tableOutOfBounds, expected: tableEnd, found: bytes.count)
    }
    let crc = CRC32()
    // The checksum's own four bytes, at 28, are left out.
    let header = crc.checksum(bytes.part(32..<tableEnd), from: crc.checksum(bytes.part(0..<28)))
    guard header == bytes.u32(at: 28) else {
      throw EdgeError(.headerChecksum, expected: UInt64(bytes.u32(at: 28)), found: UInt64(header))
    }
    guard bytes.isZero(32..<64) else { throw EdgeError(.reservedNotZero) }
    try readTable(count, end: tableEnd)
    for section in sections {
      let found = crc.checksum(bytes.part(section.range))
      guard found == section.checksum else {
        throw EdgeError(
          .sectionChecksum, in: section.id, expected: UInt64(section.checksum), found: UInt64(found))
      }
    }
    for section in sections where section.isCritical && !section.id.isKnown {
      throw EdgeError(.unknownCriticalSection, in: section.id)
    }
  }

  private mutating func readTable(_ count: Int, end tableEnd: Int) throws(EdgeError) {
    sections.reserveCapacity(count)
    var end = tableEnd
    for i in 0..<count {
      let row = bytes.part((Self.headerSize + i * Self.rowSize)..<(Self.headerSize + (i + 1) * Self.rowSize))
      let id = SectionID(rawValue: row.u32(at: 0))
      let flags = row.u32(at: 4)
      guard flags <= 1 else { throw EdgeError(.unknownFlag, in: id, found: flags) }
      guard row.u32(at: 28) == 0 else { throw EdgeError(.reservedNotZero, in: id, found: row.u32(at: 28)) }
      for earlier in sections where earlier.id == id { throw EdgeError(.duplicateSection, in: id) }
      let offset = row.u64(at: 8)
      let length = row.u64(at: 16)
      guard offset % UInt64(Self.alignment) == 0 else {
        throw EdgeError(.misalignedSection, in: id, found: offset)
      }
      let (sectionEnd, overflow) = offset.addingReportingOverflow(length)
      guard !overflow, sectionEnd <= UInt64(bytes.count) else {
        throw EdgeError(.sectionOutOfBounds, in: id, expected: UInt64(bytes.count), found: sectionEnd)
      }
      // Both fit in Int now: they are no larger than the buffer.
      let range = Int(truncatingIfNeeded: offset)..<Int(truncatingIfNeeded: sectionEnd)
      let place = (end + Self.alignment - 1) / Self.alignment * Self.alignment
      guard range.lowerBound >= place else {
        throw EdgeError(.sectionOverlap, in: id, expected: place, found: range.lowerBound)
      }
      guard range.lowerBound == place else {
        throw EdgeError(.sectionGap, in: id, expected: place, found: range.lowerBound)
      }
      guard bytes.isZero(end..<place) else { throw EdgeError(.paddingNotZero, in: id) }
      sections.append(
        BundleSection(id: id, isCritical: flags == 1, range: range, checksum: row.u32(at: 24)))
      end = range.upperBound
    }
    guard end == bytes.count else { throw EdgeError(.trailingBytes, expected: end, found: bytes.count) }
  }

  func optional(_ id: SectionID) -> UnsafeRawBufferPointer? {
    for section in sections where section.id == id { return bytes.part(section.range) }
    return nil
  }

  func required(_ id: SectionID) throws(EdgeError) -> UnsafeRawBufferPointer {
    guard let section = optional(id) else { throw EdgeError(.missingSection, in: id) }
    return section
  }
}
