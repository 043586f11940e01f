/// The directory of a zip archive, read from the mapped file. libzip reads it as well, for inflating; what it
/// does not tell is where a member's bytes begin, which a view of a stored member needs.
struct ZipDirectory {
  struct Entry {
    let name: String
    /// Where the name's bytes lie in the file.
    let rawName: Range<Int>
    let flags: UInt16
    let method: UInt16
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    /// Where the member's local header begins.
    let header: Int

    var place: String { "member \(quoted(name))" }
  }

  private(set) var entries: [Entry] = []
  private(set) var index: [String: Int] = [:]
  /// Where the directory begins: members lie before it.
  let start: Int
  /// Where the archive's comment lies in the file.
  let comment: Range<Int>

  private static let entrySize = 46

  /// Reads and checks every entry. Errors do not name the file.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    let end = try ZipEndRecord(bytes)
    start = end.directory.lowerBound
    comment = end.comment
    entries.reserveCapacity(end.count)
    var position = end.directory.lowerBound
    for number in 0..<end.count {
      let entry = try Self.entry(bytes, at: &position, before: end.directory.upperBound, number, end.count)
      guard index.updateValue(number, forKey: entry.name) == nil else {
        throw MISTError(.zipDuplicateName, at: entry.place, "the archive has two members of this name")
      }
      entries.append(entry)
    }
    guard position == end.directory.upperBound else {
      throw MISTError(
        .zipInvalidEntry, at: "byte \(position)",
        "\(end.directory.upperBound - position) bytes follow the directory's last entry")
    }
  }

  private static func entry(
    _ bytes: UnsafeRawBufferPointer, at position: inout Int, before end: Int, _ number: Int, _ count: Int
  ) throws -> Entry {
    func invalid(_ problem: String) -> MISTError {
      MISTError(
        .zipInvalidEntry, at: "byte \(position)", "directory entry \(number + 1) of \(count) \(problem)")
    }
    guard end - position >= entrySize else { throw invalid("is cut off") }
    let fields = LittleEndianFields(bytes, at: position)
    guard fields.u32(0) == 0x0201_4b50 else { throw invalid("does not begin with its signature") }
    let nameStart = position + entrySize
    let nameEnd = nameStart + Int(fields.u16(28))
    let extraEnd = nameEnd + Int(fields.u16(30))
    let next = extraEnd + Int(fields.u16(32))
    guard next <= end else { throw invalid("is cut off") }
    func badName(_ flaw: String) -> MISTError {
      MISTError(.zipInvalidName, at: "byte \(nameStart)", "a member's name \(flaw)")
    }
    guard nameStart < nameEnd else { throw badName("is empty") }
    guard !bytes[nameStart..<nameEnd].contains(0) else { throw badName("has a zero byte") }
    let name = try text(of: bytes[nameStart..<nameEnd], orThrow: badName)
    let place = "member \(quoted(name))"
    guard fields.u16(34) == 0 else {
      throw MISTError(.zipMultiDisk, at: place, "it lies in another part of the archive")
    }
    var sizes = [UInt64(fields.u32(24)), UInt64(fields.u32(20)), UInt64(fields.u32(42))]
    try widen(&sizes, bytes, nameEnd..<extraEnd, place)
    let numbers = sizes.compactMap { Int(exactly: $0) }
    guard numbers.count == 3 else {
      throw MISTError(.zipInvalidZip64, at: place, "its sizes and place do not fit 63 bits")
    }
    position = next
    return Entry(
      name: name, rawName: nameStart..<nameEnd, flags: fields.u16(8), method: fields.u16(10),
      checksum: fields.u32(16), compressedSize: numbers[1], size: numbers[0], header: numbers[2])
  }

  /// Replaces the numbers that are all ones by those of the 64-bit extra field, which holds just these, in order.
  static func widen(
    _ sizes: inout [UInt64], _ bytes: UnsafeRawBufferPointer, _ extra: Range<Int>, _ place: String
  ) throws {
    guard sizes.contains(0xffff_ffff) else { return }
    var position = extra.lowerBound
    while extra.upperBound - position >= 4 {
      let field = LittleEndianFields(bytes, at: position)
      let end = position + 4 + Int(field.u16(2))
      guard end <= extra.upperBound else { break }
      guard field.u16(0) == 1 else {
        position = end
        continue
      }
      var value = position + 4
      for i in sizes.indices where sizes[i] == 0xffff_ffff {
        guard end - value >= 8 else {
          throw MISTError(.zipInvalidZip64, at: place, "its 64-bit extra field is too short")
        }
        sizes[i] = LittleEndianFields(bytes, at: value).u64(0)
        value += 8
      }
      return
    }
    throw MISTError(.zipInvalidZip64, at: place, "it has 64-bit sizes, but no extra field with them")
  }
}
