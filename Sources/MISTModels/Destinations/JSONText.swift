/// JSON as this suite writes it for other projects: members in the order given, two spaces a level, so that the same values
/// always give the same bytes whatever library reads or writes JSON here.
struct JSONText {
  /// The text at a level of nesting. A value knows how to write itself: an enumeration of values that hold values is a circle that
  /// some orders of compilation do not get out of (Swift 6.3).
  private let written: (Int) -> String

  static func text(_ text: String) -> JSONText { JSONText { _ in quote(text) } }
  static func int(_ value: Int) -> JSONText { JSONText { _ in String(value) } }
  /// The shortest digits that read back as the same number.
  static func real(_ value: Float) -> JSONText { JSONText { _ in value.description } }
  static func double(_ value: Double) -> JSONText { JSONText { _ in value.description } }
  static func flag(_ value: Bool) -> JSONText { JSONText { _ in value ? "true" : "false" } }
  static func ints(_ values: [Int]) -> JSONText { list(values.map { int($0) }) }
  static func reals(_ values: [Float]) -> JSONText { list(values.map { real($0) }) }

  static func list(_ items: [JSONText]) -> JSONText {
    JSONText { level in "[" + items.map { $0.written(level) }.joined(separator: ", ") + "]" }
  }

  static func object(_ members: [(String, JSONText)]) -> JSONText {
    JSONText { level in
      guard !members.isEmpty else { return "{}" }
      let indent = String(repeating: "  ", count: level + 1)
      let lines = members.map { "\(indent)\(quote($0)): \($1.written(level + 1))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indent.dropLast(2) + "}"
    }
  }

  /// A whole file.
  var file: String { written(0) + "\n" }

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
