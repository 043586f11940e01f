/// One member of a zip archive whose headers have been checked.
package struct ZipMember: Hashable, Sendable {
  /// How a member's bytes are kept.
  package enum Method: Hashable, Sendable { case stored, deflated }

  package let name: String
  package let method: Method
  /// Bytes when read.
  package let size: Int
  /// Bytes in the file.
  package var compressedSize: Int { range.count }
  /// CRC-32 as the archive gives it.
  package let checksum: UInt32
  /// Where its bytes, compressed or not, lie in the file.
  package let range: Range<Int>
  /// Its place in the directory.
  let place: Int
  /// Where its local header begins.
  let header: Int

  private static let headerSize = 30

  /// Checks `entry` by itself and against its local header. Errors do not name the file.
  init(_ entry: ZipDirectory.Entry, at place: Int, in bytes: UnsafeRawBufferPointer, directory: Int) throws {
    guard entry.flags & 0x2041 == 0 else {
      throw MISTError(
        .zipEncrypted, at: entry.place, "it is encrypted", advice: "save the archive without a password")
    }
    switch entry.method {
    case 0: method = .stored
    case 8: method = .deflated
    default:
      throw MISTError(
        .zipUnsupportedMethod, at: entry.place,
        "it is compressed by method \(entry.method); only stored (0) and deflated (8) members are read",
        advice: "pack the archive again")
    }
    if method == .stored, entry.size != entry.compressedSize {
      throw MISTError(
        .zipSizeMismatch, at: entry.place,
        "it is stored, but has \(entry.compressedSize) bytes in the file for \(entry.size)")
    }
    try Self.checkInflation(entry)
    range = try Self.data(of: entry, in: bytes, before: directory)
    self.place = place
    name = entry.name
    size = entry.size
    checksum = entry.checksum
    header = entry.header
  }

  private static func checkInflation(_ entry: ZipDirectory.Entry) throws {
    guard entry.method != 0 else { return }
    guard entry.size <= ZipLimits.inflatedSize else {
      throw MISTError(
        .zipTooLarge, at: entry.place,
        "it would have \(entry.size) bytes, more than the limit of \(ZipLimits.inflatedSize) for compressed members",
        advice: "store it uncompressed")
    }
    guard !isBomb(entry.size, entry.compressedSize) else {
      throw MISTError(
        .zipBomb, at: entry.place,
        "its \(entry.compressedSize) bytes would become \(entry.size), more than \(ZipLimits.ratio) times as many",
        advice: "the archive seems made to exhaust memory; if it is not, store this member uncompressed")
    }
  }

  /// Whether so few bytes that become so many are refused.
  static func isBomb(_ size: Int, _ compressedSize: Int) -> Bool {
    guard size > ZipLimits.ratioAllowance else { return false }
    let (allowed, overflow) = compressedSize.multipliedReportingOverflow(by: ZipLimits.ratio)
    return !overflow && size - ZipLimits.ratioAllowance > allowed
  }

  /// Where the member's bytes lie, going by its local header.
  private static func data(
    of entry: ZipDirectory.Entry, in bytes: UnsafeRawBufferPointer, before directory: Int
  ) throws -> Range<Int> {
    func invalid(_ problem: String) -> MISTError {
      MISTError(
        .zipInvalidLocalHeader, at: entry.place, "its local header at byte \(entry.header) \(problem)")
    }
    guard directory >= headerSize, entry.header <= directory - headerSize else {
      throw invalid("does not lie before the directory")
    }
    let fields = LittleEndianFields(bytes, at: entry.header)
    guard fields.u32(0) == 0x0403_4b50 else { throw invalid("does not begin with its signature") }
    let nameStart = entry.header + headerSize
    let nameEnd = nameStart + Int(fields.u16(26))
    let start = nameEnd + Int(fields.u16(28))
    guard start <= directory, entry.compressedSize <= directory - start else {
      throw MISTError(
        .zipInvalidLocalHeader, at: entry.place,
        "its \(entry.compressedSize) bytes at \(start) do not lie before the directory at \(directory)",
        advice: "the file may be damaged, download it again")
    }
    func mismatch(_ what: String) -> MISTError {
      MISTError(
        .zipHeaderMismatch, at: entry.place, "its local header and the directory disagree about its \(what)")
    }
    guard bytes[nameStart..<nameEnd].elementsEqual(bytes[entry.rawName]) else { throw mismatch("name") }
    guard fields.u16(8) == entry.method else { throw mismatch("method") }
    guard fields.u16(6) & 0x2041 == 0 else { throw mismatch("encryption") }
    // With bit 3 the sizes and the checksum stand behind the data, and here are usually zero.
    if entry.flags & 8 == 0, fields.u16(6) & 8 == 0 {
      var sizes = [UInt64(fields.u32(22)), UInt64(fields.u32(18))]
      try ZipDirectory.widen(&sizes, bytes, nameEnd..<start, entry.place)
      guard sizes == [UInt64(entry.size), UInt64(entry.compressedSize)] else { throw mismatch("size") }
      guard fields.u32(14) == entry.checksum else { throw mismatch("checksum") }
    }
    return start..<start + entry.compressedSize
  }
}
