/// JSON as this suite writes it for other projects: members in the order given, two spaces a level, so that the same values
/// always give the same bytes whatever library reads or writes JSON here.
indirect enum JSONText {
  case text(String)
  case int(Int)
  case real(Float)
  case double(Double)
  case flag(Bool)
  case list([JSONText])
  case object([(String, JSONText)])

  static func ints(_ values: [Int]) -> JSONText { .list(values.map { .int($0) }) }
  static func reals(_ values: [Float]) -> JSONText { .list(values.map { .real($0) }) }

  /// A whole file.
  var file: String { written(0) + "\n" }

  private func written(_ level: Int) -> String {
    switch self {
    case .text(let text): return Self.quote(text)
    case .int(let value): return String(value)
    // The shortest digits that read back as the same number.
    case .real(let value): return value.description
    case .double(let value): return value.description
    case .flag(let value): return value ? "true" : "false"
    case .list(let items): return "[" + items.map { $0.written(level) }.joined(separator: ", ") + "]"
    case .object(let members):
      guard !members.isEmpty else { return "{}" }
      let indent = String(repeating: "  ", count: level + 1)
      let lines = members.map { "\(indent)\(Self.quote($0)): \($1.written(level + 1))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indent.dropLast(2) + "}"
    }
  }

  private static func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
