/// Reads the Python literal that describes an array: a dictionary of strings, booleans and tuples of numbers, as NumPy
/// writes it. Spaces may stand between tokens; there are no escapes, no comments, and nothing is evaluated.
struct PythonLiteral {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Calls `member` with each key; `member` takes the value.
  mutating func dictionary(_ member: (inout PythonLiteral, String) throws -> Void) throws {
    try expect("{", "to begin a dictionary")
    while !take("}") {
      let key = try string("a key")
      try expect(":", "after a key")
      try member(&self, key)
      if take(",") { continue }
      try expect("}", "or ',' after a value")
      return
    }
  }

  /// The name of an element type. Throws `npz.unsupported-dtype` for structured types, which are lists.
  mutating func type() throws -> String {
    skipSpaces()
    if next == UInt8(ascii: "[") || next == UInt8(ascii: "(") {
      throw MISTError(
        .npzUnsupportedDType, "its elements are records of several fields",
        advice: "save every field as an array of its own")
    }
    return try string("an element type")
  }

  mutating func boolean() throws -> Bool {
    skipSpaces()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw invalid("True or False is expected")
  }

  /// Numbers in parentheses, one with a comma behind it.
  mutating func tuple() throws -> [Int] {
    try expect("(", "to begin a tuple")
    var numbers: [Int] = []
    while !take(")") {
      numbers.append(try number())
      if take(",") { continue }
      guard numbers.count > 1 else { throw invalid("',' is expected after a tuple's only number") }
      try expect(")", "or ',' after a number")
      break
    }
    return numbers
  }

  /// Spaces and one line feed, the last byte.
  mutating func end() throws {
    skipSpaces()
    guard next == 0x0a, position + 1 == bytes.count else {
      throw invalid("only spaces and a last line feed may follow the dictionary")
    }
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpaces() {
    while next == 0x20 { position += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpaces()
    guard next == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Character, _ context: String) throws {
    guard take(character) else { throw invalid("'\(character)' is expected \(context)") }
  }

  private mutating func string(_ what: String) throws -> String {
    skipSpaces()
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw invalid("\(what) in quotes is expected")
    }
    position += 1
    let start = position
    while let byte = next, byte != quote {
      guard (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") else {
        throw invalid("\(what) has a character that none has")
      }
      position += 1
    }
    guard next == quote else { throw invalid("\(what) does not end") }
    position += 1
    return String(decoding: bytes[start..<position - 1], as: UTF8.self)
  }

  private mutating func number() throws -> Int {
    skipSpaces()
    let start = position
    var value = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (shifted, o1) = value.multipliedReportingOverflow(by: 10)
      let (sum, o2) = shifted.addingReportingOverflow(Int(byte) - 0x30)
      guard !o1, !o2 else { throw MISTError(.npzShapeOverflow, "a dimension does not fit 63 bits") }
      value = sum
      position += 1
    }
    guard position > start, position == start + 1 || bytes[start] != 0x30 else {
      throw invalid("a number without sign or leading zeros is expected")
    }
    return value
  }

  private func invalid(_ problem: String) -> MISTError {
    let found = next.map { $0 >= 0x21 && $0 < 0x7f ? "'\(Character(Unicode.Scalar($0)))'" : "byte \($0)" }
    return MISTError(
      .npzInvalidHeader, "its header is not what NumPy writes: \(problem), found \(found ?? "the end")")
  }
}
