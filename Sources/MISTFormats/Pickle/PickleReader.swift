/// The bytes of a pickle, read one after the other with bounds checked.
struct PickleReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  /// What the pickle is called in messages, empty or with `, ` at its end.
  let title: String

  init(_ bytes: UnsafeRawBufferPointer, at position: Int, title: String) {
    self.bytes = bytes
    self.position = position
    self.title = title
  }

  mutating func byte() throws -> UInt8 { bytes[try take(1).lowerBound] }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws -> T {
    let range = try take(MemoryLayout<T>.size)
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
  }

  /// The next `count` bytes' place.
  mutating func take(_ count: some BinaryInteger) throws -> Range<Int> {
    guard let count = Int(exactly: count), count >= 0 else {
      throw error(.pickleInvalidLength, "a length of \(count) bytes is impossible")
    }
    guard count <= bytes.count - position else {
      throw error(
        .pickleTruncated, "\(count) bytes are expected, but \(bytes.count - position) remain",
        advice: "the file is cut off or damaged, download it again")
    }
    defer { position += count }
    return position..<position + count
  }

  /// Text up to the next line feed.
  mutating func line() throws -> String {
    let rest = bytes[position...].prefix(PickleLimits.globalName + 1)
    guard let end = rest.firstIndex(of: 0x0a) else {
      throw rest.count > PickleLimits.globalName
        ? error(.pickleInvalidGlobal, "a name has more than \(PickleLimits.globalName) bytes")
        : error(.pickleTruncated, "a name is cut off", advice: "download the file again")
    }
    defer { position = end + 1 }
    return try text(of: bytes[position..<end]) { error(.pickleInvalidGlobal, "a name \($0)") }
  }

  func error(
    _ code: ErrorCode, _ problem: String, at place: Int? = nil, advice: String? = nil
  ) -> MISTError {
    MISTError(code, at: "\(title)byte \(place ?? position)", problem, advice: advice)
  }
}
