/// Reads the JSON that a safetensors header may consist of, straight from the mapped bytes. Only what the
/// format needs: objects, arrays of integers, strings. The bytes have been checked to be UTF-8.
struct HeaderScanner {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  /// An integer as written, or why it is none that fits.
  enum Integer {
    case value(Int)
    case negative
    case fraction
    case overflow
  }

  /// Offset in the file of the next byte, for messages: the header follows the eight bytes of its length.
  var place: String { Self.place(position) }
  static func place(_ position: Int) -> String { "byte \(position + 8)" }

  /// The next byte; nil at the header's end.
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipWhiteSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  /// Takes white space and then `byte`, or fails.
  mutating func expect(_ byte: Character, _ context: String) throws {
    skipWhiteSpace()
    guard next == byte.asciiValue else { throw invalid("'\(byte)' is expected \(context)") }
    position += 1
  }

  /// Calls `member` with each key of an object and the key's position; `member` takes the value.
  mutating func object(_ member: (inout HeaderScanner, String, Int) throws -> Void) throws {
    try expect("{", "to begin an object")
    skipWhiteSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      skipWhiteSpace()
      let start = position
      guard next == UInt8(ascii: "\"") else { throw invalid("a key in double quotes is expected") }
      let key = try string()
      try expect(":", "after a key")
      skipWhiteSpace()
      try member(&self, key, start)
      skipWhiteSpace()
      if next == UInt8(ascii: ",") {
        position += 1
        continue
      }
      try expect("}", "or ',' after a value")
      return
    }
  }

  /// An array of integers.
  mutating func integers() throws -> [Integer] {
    try expect("[", "to begin an array")
    var values: [Integer] = []
    skipWhiteSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return values
    }
    while true {
      skipWhiteSpace()
      guard nextKind == .number else {
        guard nextKind != nil else { throw invalid("a number is expected in an array") }
        throw wrongType("an array of integers is expected")
      }
      values.append(try integer())
      skipWhiteSpace()
      if next == UInt8(ascii: ",") {
        position += 1
        continue
      }
      try expect("]", "or ',' after an array's element")
      return values
    }
  }

  enum Kind { case object, array, string, number, word }

  /// What kind of value the next byte begins; nil when none.
  var nextKind: Kind? {
    guard let next else { return nil }
    return switch next {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): .word
    default: nil
    }
  }

  /// Fails unless the next value is of `kind`; `what` says what is expected.
  func require(_ kind: Kind, _ what: @autoclosure () -> String) throws {
    guard nextKind == kind else {
      throw nextKind == nil ? invalid("a value is expected") : wrongType("\(what()) is expected")
    }
  }

  /// A number; the next byte is its sign or first digit.
  mutating func integer() throws -> Integer {
    var negative = false
    if next == UInt8(ascii: "-") {
      negative = true
      position += 1
    }
    let start = position
    var value = 0
    var overflow = false
    while let digit = digit() {
      let (shifted, o1) = value.multipliedReportingOverflow(by: 10)
      let (sum, o2) = shifted.addingReportingOverflow(digit)
      if o1 || o2 { overflow = true } else { value = sum }
    }
    guard position > start else { throw invalid("a digit is expected") }
    if position > start + 1, bytes[start] == UInt8(ascii: "0") {
      position = start
      throw invalid("a number begins with a superfluous 0")
    }
    var fraction = false
    if next == UInt8(ascii: ".") {
      fraction = true
      position += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      fraction = true
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    if fraction { return .fraction }
    if negative { return .negative }
    return overflow ? .overflow : .value(value)
  }

  private mutating func digit() -> Int? {
    guard let byte = next, byte >= 0x30, byte <= 0x39 else { return nil }
    position += 1
    return Int(byte) - 0x30
  }

  private mutating func digits() throws {
    guard digit() != nil else { throw invalid("a digit is expected") }
    while digit() != nil {}
  }

  /// A string; the next byte is its opening quote.
  mutating func string() throws -> String {
    let text = try rawString()
    guard CombiningMarks.areFew(in: text) else { throw invalid("a string \(CombiningMarks.problem)") }
    return text
  }

  private mutating func rawString() throws -> String {
    position += 1
    let start = position
    while let byte = next {
      if byte == UInt8(ascii: "\"") {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      if byte < 0x20 { throw invalid("a control character stands in a string") }
      position += 1
    }
    throw invalid("a string does not end")
  }

  private mutating func escapedString(from start: Int) throws -> String {
    var text = [UInt8](bytes[start..<position])
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20:
        position -= 1
        throw invalid("a control character stands in a string")
      default: text.append(byte)
      }
    }
    throw invalid("a string does not end")
  }

  private mutating func escape() throws -> Unicode.Scalar {
    guard let byte = next else { throw invalid("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xd800...0xdbff).contains(code), next == UInt8(ascii: "\\") {
        position += 1
        guard next == UInt8(ascii: "u") else { throw invalid("half a surrogate pair stands alone") }
        position += 1
        let low = try hexadecimal()
        guard (0xdc00...0xdfff).contains(low) else { throw invalid("half a surrogate pair stands alone") }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw invalid("half a surrogate pair stands alone") }
      return scalar
    default:
      position -= 1
      throw invalid("an unknown escape stands in a string")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw invalid("four hexadecimal digits are expected")
      }
      position += 1
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  func invalid(_ problem: String) -> MISTError {
    let found = next.map { $0 >= 0x21 && $0 < 0x7f ? "'\(Character(Unicode.Scalar($0)))'" : "byte \($0)" }
    return MISTError(
      .safetensorsInvalidJSON, at: place,
      "the header is not valid JSON: \(problem), found \(found ?? "the header's end")")
  }

  func wrongType(_ problem: String) -> MISTError {
    MISTError(.safetensorsWrongType, at: place, "a header value has the wrong type: \(problem)")
  }
}
