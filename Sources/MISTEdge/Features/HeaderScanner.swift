/// Walks the JSON of a safetensors header from left to right without building anything: strings and numbers come back as
/// places in the bytes. Just the JSON that such a header may hold. Its steps are called everywhere and are not inlined, for the
/// size of the runtime.
struct HeaderScanner {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next byte that is not white space, not consumed; nil at the end.
  @inline(never)
  mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return bytes[position]
      }
    }
    return nil
  }

  /// Consumes `byte` if it comes next.
  @inline(never)
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  @inline(never)
  mutating func expect(_ byte: UInt8) throws(EdgeError) {
    guard take(byte) else { throw malformed() }
  }

  @inline(never)
  func malformed() -> EdgeError { EdgeError(.shardBadHeader, found: UInt64(position) + 8) }

  /// A string between its quotes, escapes as written.
  @inline(never)
  mutating func string() throws(EdgeError) -> UnsafeRawBufferPointer {
    try expect(UInt8(ascii: "\""))
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return bytes.part(start..<(position - 1))
      case UInt8(ascii: "\\"): try escape()
      case 0..<0x20: throw malformed()
      default: position += 1
      }
    }
    throw malformed()
  }

  private mutating func escape() throws(EdgeError) {
    position += 1
    guard position < bytes.count else { throw malformed() }
    let kind = bytes[position]
    position += 1
    switch kind {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return  // " \ / b f n r t
    case UInt8(ascii: "u"):
      for _ in 0..<4 {
        guard position < bytes.count else { throw malformed() }
        switch bytes[position] {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: position += 1
        default: throw malformed()
        }
      }
    default: throw malformed()
    }
  }

  /// A non-negative integer without sign, fraction, exponent or leading zero.
  mutating func integer() throws(EdgeError) -> Int {
    guard let first = peek() else { throw malformed() }
    let start = position
    while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
    guard let value = Self.integer(bytes.part(start..<position)),
      first != 0x30 || position - start == 1
    else { throw malformed() }
    return value
  }

  /// The value of decimal digits; nil for none, for other bytes and beyond 64 bits. What lies beyond `Int` is its greatest, which no size
  /// can be.
  static func integer(_ digits: UnsafeRawBufferPointer) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard 0x30...0x39 ~= digit else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int64(digit) - 0x30)
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return Int(clamping: value)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these are exactly the bytes of `text`.
  @inline(never)
  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for i in 0..<count where self[i] != text.utf8Start[i] { return false }
    return true
  }
}
