/// What the entries before a member's header say of it: GNU tar's long name, or pax records.
struct TarRecords {
  private(set) var name: [UInt8]?
  private(set) var size: Int?
  private(set) var isEmpty = true

  /// GNU tar's long name: bytes up to a zero byte.
  mutating func setLongName(_ data: [UInt8]) throws {
    try begin()
    name = [UInt8](data.prefix { $0 != 0 })
  }

  /// Takes what pax records say. Throws `tar.invalid-records`, `tar.unsupported-member`.
  mutating func setPax(_ data: [UInt8]) throws {
    try begin()
    for (key, value) in try Self.pax(data) {
      switch key {
      case "path":
        guard name == nil else { throw Self.invalid("its records give the path twice") }
        name = [UInt8](value)
      case "size":
        guard size == nil else { throw Self.invalid("its records give the size twice") }
        size = try Self.decimal(value)
      case _ where key.hasPrefix("GNU.sparse."):
        throw MISTError(
          .tarUnsupportedMember, "it is a sparse file", advice: "pack it without --sparse")
      default: break
      }
    }
  }

  private mutating func begin() throws {
    guard isEmpty else { throw Self.invalid("two entries before one header say more of its member") }
    isEmpty = false
  }

  /// Checks pax records for all that follows: none may say what differs from member to member.
  static func checkGlobal(_ data: [UInt8]) throws {
    for (key, _) in try pax(data) where ["path", "size"].contains(key) || key.hasPrefix("GNU.sparse.") {
      throw invalid("records for all members give '\(key)'")
    }
  }

  /// Records `LENGTH KEY=VALUE\n`, LENGTH counting all of it in decimal.
  private static func pax(_ data: [UInt8]) throws -> [(key: String, value: ArraySlice<UInt8>)] {
    var records: [(key: String, value: ArraySlice<UInt8>)] = []
    var rest = data[...]
    while !rest.isEmpty {
      guard let space = rest.prefix(20).firstIndex(of: 0x20),
        case let length = try decimal(rest[..<space]), length <= rest.count,
        case let record = rest.prefix(length), record.endIndex > space + 1, record.last == 0x0A
      else { throw invalid("its records are not 'LENGTH KEY=VALUE' lines") }
      let body = record[(space + 1)...].dropLast()
      guard let equals = body.firstIndex(of: UInt8(ascii: "=")), equals > body.startIndex else {
        throw invalid("a record has no key")
      }
      records.append((String(decoding: body[..<equals], as: UTF8.self), body[(equals + 1)...]))
      rest = rest.dropFirst(length)
    }
    return records
  }

  private static func decimal(_ digits: ArraySlice<UInt8>) throws -> Int {
    guard !digits.isEmpty, digits.allSatisfy({ 0x30...0x39 ~= $0 }),
      let value = Int(String(decoding: digits, as: UTF8.self))
    else { throw invalid("a number of its records is not one of 63 bits") }
    return value
  }

  static func invalid(_ problem: String) -> MISTError { MISTError(.tarInvalidRecords, problem) }
}
