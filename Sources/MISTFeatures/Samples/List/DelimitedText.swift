import MISTFormats

/// Text of rows and columns as RFC 4180 has it, separated by commas or tabs. A byte order mark and both kinds of line ends are
/// taken; empty lines are passed over, and so are blanks around a field that is not quoted.
struct DelimitedText {
  struct Row: Hashable {
    /// Line of the file that it begins in, from 1.
    let line: Int
    let fields: [String]
  }

  let rows: [Row]

  /// Throws `list.invalid`, naming the line.
  init(_ bytes: [UInt8], separator: UInt8) throws {
    _ = try PlainText.text(bytes) { MISTError(.listInvalid, "it \($0)") }
    var parser = Parser(bytes: PlainText.content(bytes), separator: separator)
    var rows: [Row] = []
    while let row = try parser.row() {
      if row.fields != [""] { rows.append(row) }
    }
    self.rows = rows
  }

  private struct Parser {
    var bytes: ArraySlice<UInt8>
    let separator: UInt8
    var line = 1

    /// The next row; nil at the end.
    mutating func row() throws -> Row? {
      guard !bytes.isEmpty else { return nil }
      let start = line
      var fields: [String] = []
      while true {
        fields.append(try bytes.first == 0x22 ? quoted() : plain())
        guard bytes.first == separator else { break }
        bytes = bytes.dropFirst()
      }
      if bytes.first == 0x0D { bytes = bytes.dropFirst() }
      guard bytes.isEmpty || bytes.first == 0x0A else { throw invalid("a carriage return stands in a field") }
      bytes = bytes.dropFirst()
      line += 1
      return Row(line: start, fields: fields)
    }

    private mutating func plain() throws -> String {
      let text = bytes.prefix { $0 != separator && $0 != 0x0A && $0 != 0x0D }
      guard !text.contains(0x22) else {
        throw invalid("a quote stands in a field that does not begin with one")
      }
      bytes = bytes[text.endIndex...]
      return PlainText.name(String(decoding: text, as: UTF8.self))
    }

    private mutating func quoted() throws -> String {
      let start = line
      bytes = bytes.dropFirst()
      var text: [UInt8] = []
      while true {
        let part = bytes.prefix { $0 != 0x22 }
        text += part
        line += part.count { $0 == 0x0A }
        bytes = bytes[part.endIndex...]
        guard bytes.first == 0x22 else { throw DelimitedText.invalid("the quote has no end", line: start) }
        bytes = bytes.dropFirst()
        // Two quotes are one that belongs to the text.
        guard bytes.first == 0x22 else { break }
        text.append(0x22)
        bytes = bytes.dropFirst()
      }
      guard let next = bytes.first, next != separator, next != 0x0A, next != 0x0D else {
        return String(decoding: text, as: UTF8.self)
      }
      throw invalid("something follows the end of a quoted field")
    }

    private func invalid(_ problem: String) -> MISTError { DelimitedText.invalid(problem, line: line) }
  }

  static func invalid(_ problem: String, line: Int) -> MISTError {
    MISTError(.listInvalid, at: "line \(line)", problem)
  }
}
