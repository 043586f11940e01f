/// Walks an archive from header to header.
struct TarReader {
  private let bytes: any ByteRanges
  private var position = 0

  init(_ bytes: any ByteRanges) { self.bytes = bytes }

  /// The next regular file, nil at the archive's end; folders are passed over. Throws the `tar.` codes.
  mutating func next() throws -> TarArchive.Member? {
    var records = TarRecords()
    while true {
      let start = position
      do {
        guard let header = try header() else {
          guard records.isEmpty else { throw TarRecords.invalid("no member follows its records") }
          return nil
        }
        if let member = try member(header, &records) { return member }
      } catch let error as MISTError {
        throw error.place == nil
          ? MISTError(error.code, at: "byte \(start)", error.problem, advice: error.advice) : error
      }
    }
  }

  /// The header at `position`, which comes to lie behind it; nil at the archive's end.
  private mutating func header() throws -> TarHeader? {
    guard bytes.count - position >= TarHeader.size else {
      throw position == 0
        ? MISTError(.tarNotAnArchive, "it has \(bytes.count) bytes, and a tar archive at least 1024")
        : MISTError(
          .tarNoEnd, "the archive has no end: it may have been cut between two members",
          advice: "copy it again, or pack it again")
    }
    let block = try bytes.read(position..<position + TarHeader.size)
    if block.allSatisfy({ $0 == 0 }) {
      try checkEnd()
      return nil
    }
    do {
      let header = try TarHeader(block)
      position += TarHeader.size
      return header
    } catch let error as MISTError where error.code == .tarChecksum && position == 0 {
      throw MISTError(.tarNotAnArchive, "it does not begin with a tar archive's header")
    }
  }

  /// Two blocks of zeros, and no others after them: what follows would be seen by some readers only.
  private func checkEnd() throws {
    guard bytes.count - position >= 2 * TarHeader.size else {
      throw MISTError(
        .tarNoEnd, "the archive ends within its end, of two blocks of zeros", advice: "copy it again")
    }
    guard bytes.count - position <= TarLimits.padding else {
      throw MISTError(
        .tarAfterEnd,
        "\(bytes.count - position) bytes follow the last member, more than \(TarLimits.padding) of padding")
    }
    var place = position + TarHeader.size
    guard try bytes.read(place..<place + TarHeader.size).allSatisfy({ $0 == 0 }) else {
      throw MISTError(.tarNoEnd, "one block of zeros, not two, stands where the archive's end may be")
    }
    while place < bytes.count {
      let end = min(place + 1 << 16, bytes.count)
      guard try bytes.read(place..<end).allSatisfy({ $0 == 0 }) else {
        throw MISTError(
          .tarAfterEnd, "something follows the archive's end", advice: "join archives with tar --concatenate")
      }
      place = end
    }
  }

  /// What `header` begins: a member, or nil for a folder and for records, which are noted.
  private mutating func member(_ header: TarHeader, _ records: inout TarRecords) throws -> TarArchive.Member?
  {
    switch header.type {
    case UInt8(ascii: "L"): try records.setLongName(data(header.dataSize))
    case UInt8(ascii: "x"): try records.setPax(data(header.dataSize))
    case UInt8(ascii: "g"): try TarRecords.checkGlobal(data(header.dataSize))
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      let name = try Self.name(records.name ?? [UInt8](header.name))
      let range = try range(of: records.size ?? header.dataSize, "member \(quoted(name))")
      return TarArchive.Member(name: name, range: range)
    case UInt8(ascii: "5"):
      guard header.dataSize == 0, records.size ?? 0 == 0 else {
        throw MISTError(.tarInvalidNumber, "a folder has \(header.dataSize) bytes")
      }
      records = TarRecords()
    case let type:
      let name = String(decoding: records.name ?? [UInt8](header.name), as: UTF8.self)
      throw MISTError(
        .tarUnsupportedMember, at: "member \(quoted(name))", "it is \(Self.description(type)), not a file",
        advice: "pack the files themselves, with tar --dereference --hard-dereference")
    }
    return nil
  }

  /// The records that follow.
  private mutating func data(_ size: Int) throws -> [UInt8] {
    guard size <= TarLimits.records else {
      throw MISTError(
        .tarRecordsTooLarge, "the records before a header have \(size) bytes, more than \(TarLimits.records)")
    }
    return try bytes.read(range(of: size, nil))
  }

  /// The `size` bytes at `position`, which comes to lie behind them and their padding.
  private mutating func range(of size: Int, _ place: String?) throws -> Range<Int> {
    let (padded, overflow) = size.addingReportingOverflow(TarHeader.size - 1)
    let blocks = padded / TarHeader.size * TarHeader.size
    guard !overflow, blocks <= bytes.count - position else {
      throw MISTError(
        .tarTruncated, at: place,
        "its \(size) bytes from \(position) on end beyond the archive's \(bytes.count)",
        advice: "copy the archive again")
    }
    defer { position += blocks }
    return position..<position + size
  }

  private static func name(_ bytes: [UInt8]) throws -> String {
    guard bytes.count <= TarLimits.name else {
      throw MISTError(.tarInvalidName, "a name has \(bytes.count) bytes, more than \(TarLimits.name)")
    }
    let name = try text(of: bytes) { MISTError(.tarInvalidName, "a name \($0)") }
    guard !name.isEmpty, !name.hasSuffix("/") else {
      throw MISTError(.tarInvalidName, "a file's name is \(quoted(name))")
    }
    guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
      throw MISTError(.tarInvalidName, "the name \(quoted(name)) has control characters")
    }
    return name
  }

  private static func description(_ type: UInt8) -> String {
    switch type {
    case UInt8(ascii: "1"): "a hard link"
    case UInt8(ascii: "2"): "a symbolic link"
    case UInt8(ascii: "3"), UInt8(ascii: "4"): "a device"
    case UInt8(ascii: "6"): "a pipe"
    case UInt8(ascii: "K"): "a link with a long name"
    case UInt8(ascii: "S"): "a sparse file"
    case UInt8(ascii: "M"): "the rest of a file that another volume begins"
    default: "of type \(quoted(String(decoding: [type], as: UTF8.self)))"
    }
  }
}
