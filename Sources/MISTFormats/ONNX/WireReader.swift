/// One field of a protobuf message.
struct WireField {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    /// A string, message or packed array: where its bytes lie in the file.
    case bytes(Range<Int>)
    case fixed32(UInt32)
  }

  let number: Int
  let value: Value
  /// Where the field lies in the file, its tag included.
  let range: Range<Int>
}

/// Walks the fields of one message in the protobuf wire format without copying. Offsets are the file's and 64
/// bits wide, so that messages over 2 GB, which protobuf libraries refuse, are read like others.
struct WireReader {
  static let maximumFieldNumber = (1 << 29) - 1

  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  let end: Int
  /// The message's type, for messages.
  let message: StaticString

  /// Walks `range` of `bytes`, which lies within it.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ message: StaticString) {
    self.bytes = bytes
    self.message = message
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, nil at the message's end.
  mutating func next() throws -> WireField? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    let number = tag >> 3
    guard number >= 1, number <= UInt64(Self.maximumFieldNumber) else {
      throw error(.onnxInvalidTag, at: start, "\(number) is not a field number")
    }
    let value: WireField.Value
    switch tag & 7 {
    case 0: value = .varint(try varint())
    case 1: value = .fixed64(UInt64(littleEndian: try fixed(UInt64.self)))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else {
        throw error(
          .onnxBeyondParent, at: start,
          "field \(number) claims \(length) bytes, but \(end - position) remain in its message",
          advice: end == bytes.count ? "the file may be cut off, download it again" : nil)
      }
      value = .bytes(position..<position + Int(length))
      position += Int(length)
    case 5: value = .fixed32(UInt32(littleEndian: try fixed(UInt32.self)))
    default:
      throw error(
        .onnxInvalidTag, at: start, "wire type \(tag & 7) of field \(number) is not one that ONNX uses")
    }
    return WireField(number: Int(number), value: value, range: start..<position)
  }

  /// A variable-length integer at the current position.
  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    let start = position
    while position < end {
      let byte = bytes[position]
      position += 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
      guard shift < 64 else { break }
    }
    guard position < end || shift >= 63 else {
      throw error(.onnxTruncated, at: start, "a number is cut off at the message's end")
    }
    throw error(.onnxInvalidVarint, at: start, "a number has more than 64 bits")
  }

  /// A little-endian number of fixed size at the current position, in the file's byte order.
  mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws -> T {
    let size = MemoryLayout<T>.size
    guard end - position >= size else {
      throw error(
        .onnxTruncated, at: position,
        "\(size) bytes are expected, but \(end - position) remain in the message")
    }
    defer { position += size }
    return bytes.loadUnaligned(fromByteOffset: position, as: T.self)
  }

  func error(
    _ code: ErrorCode, at position: Int, _ problem: String, advice: String? = nil
  ) -> MISTError {
    MISTError(code, at: "byte \(position)", "\(message) is not valid: \(problem)", advice: advice)
  }

  /// The bytes of a string, message or packed field.
  func range(_ field: WireField, _ what: StaticString) throws -> Range<Int> {
    guard case .bytes(let range) = field.value else { throw wrongWireType(field, what) }
    return range
  }

  /// The value of an integer field.
  func integer(_ field: WireField, _ what: StaticString) throws -> Int {
    guard case .varint(let value) = field.value else { throw wrongWireType(field, what) }
    return Int(truncatingIfNeeded: value)
  }

  func wrongWireType(_ field: WireField, _ what: StaticString) -> MISTError {
    error(
      .onnxWrongWireType, at: field.range.lowerBound,
      "field \(field.number) (\(what)) has a wire type that its type does not allow")
  }

  /// The text of a string field. `what` names the field.
  func text(_ field: WireField, _ what: StaticString) throws -> String {
    let range = try range(field, what)
    return try MISTFormats.text(of: bytes[range]) {
      error(.onnxInvalidUTF8, at: range.lowerBound, "its \(what) \($0)")
    }
  }
}
