import Foundation
import TestSupport

/// The rules table at the end of a document in `Formats/`.
enum FormatDocument {
  struct Rule: CustomStringConvertible, Sendable {
    let id: String
    let error: String
    /// Path below `Fixtures/malformed`, nil for rules that no file can break.
    let malformed: String?
    var description: String { id }
  }

  static func rules(_ document: String) throws -> [Rule] {
    let path = Fixture.root + "/../Formats/" + document
    let lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    guard let start = lines.firstIndex(of: "## Rules") else { return [] }
    return lines[start...].compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 4, cells[0] != "id", !cells[0].hasPrefix("---") else { return nil }
      return Rule(id: cells[0], error: cells[2], malformed: cells[3] == "—" ? nil : cells[3])
    }
  }
}
