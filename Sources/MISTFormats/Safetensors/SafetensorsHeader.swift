/// A parsed and checked header: what `Formats/safetensors.md` demands of everything before and between the
/// tensors' bytes.
struct SafetensorsHeader {
  /// The longest header that is read, in bytes.
  static let limit = 100_000_000

  struct Entry {
    let info: TensorInfo
    /// Where the tensor's bytes lie in the file.
    let range: Range<Int>
  }

  private(set) var metadata: [String: String] = [:]
  /// In the order of their bytes.
  private(set) var entries: [Entry] = []
  /// Place of each name in `entries`.
  private(set) var index: [String: Int] = [:]

  /// Checks a whole file. Errors do not name the file.
  init(file: UnsafeRawBufferPointer) throws {
    guard file.count >= 8 else {
      throw MISTError(
        .safetensorsTruncated, "at least 8 bytes are expected, but the file has \(file.count)",
        advice: "download it again")
    }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.limit) else {
      throw MISTError(
        .safetensorsHeaderTooLarge, at: "byte 0",
        "the header claims \(length) bytes, more than the limit of \(Self.limit)",
        advice: "this is probably not a safetensors file")
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= file.count else {
      throw MISTError(
        .safetensorsHeaderBeyondFile, at: "byte 0",
        "the header claims \(length) bytes, but only \(file.count - 8) follow",
        advice: "the file is cut off, download it again")
    }
    let header = UnsafeRawBufferPointer(rebasing: file[8..<dataStart])
    guard header.first == UInt8(ascii: "{") else {
      throw MISTError(
        .safetensorsHeaderStart, at: "byte 8",
        "the header must begin with '{', found \(header.first.map { "byte \($0)" } ?? "an empty header")")
    }
    if let position = firstInvalidUTF8(header) {
      throw MISTError(
        .safetensorsInvalidUTF8, at: HeaderScanner.place(position), "the header is not valid UTF-8")
    }
    var parser = EntryParser(dataStart: dataStart, dataSize: file.count - dataStart)
    var scanner = HeaderScanner(bytes: header)
    try parser.parse(&scanner)
    while let byte = scanner.next {
      guard byte == 0x20 else {
        throw MISTError(
          .safetensorsHeaderPadding, at: scanner.place,
          "only spaces may follow the header's object, found byte \(byte)")
      }
      scanner.position += 1
    }
    metadata = parser.metadata
    try arrange(parser, fileSize: file.count)
  }

  /// Puts entries into the order of their bytes and checks that these fill the file without overlap or gap.
  private mutating func arrange(_ parser: EntryParser, fileSize: Int) throws {
    entries = parser.entries
    index = parser.index
    func precedes(_ a: Entry, _ b: Entry) -> Bool {
      (a.range.lowerBound, a.range.upperBound) < (b.range.lowerBound, b.range.upperBound)
    }
    if zip(entries, entries.dropFirst()).contains(where: { precedes($1, $0) }) {
      // The standard library's sort is stable: empty tensors keep the header's order.
      entries.sort(by: precedes)
      for (place, entry) in entries.enumerated() { index[entry.info.name] = place }
    }
    var end = parser.dataStart
    var previous: String?
    for entry in entries {
      let begin = entry.range.lowerBound
      if begin < end {
        throw MISTError(
          .safetensorsOverlap, at: "tensor \(quoted(entry.info.name))",
          "its bytes begin at \(begin - parser.dataStart), before those of tensor \(quoted(previous ?? "")) "
            + "end at \(end - parser.dataStart)")
      }
      if begin > end {
        throw MISTError(
          .safetensorsGap, at: "tensor \(quoted(entry.info.name))",
          "its bytes begin at \(begin - parser.dataStart), but those before it end at "
            + "\(end - parser.dataStart): nothing may lie between tensors")
      }
      end = entry.range.upperBound
      previous = entry.info.name
    }
    guard end == fileSize else {
      throw MISTError(
        .safetensorsTrailingBytes, at: "byte \(end)",
        "\(fileSize - end) bytes follow the last tensor, none are expected")
    }
  }
}
