import Foundation

/// The limits table of a document in `Formats/`: the constant's name in the code, its value, and the code of the error for more.
public struct FormatLimit: Sendable, Hashable {
  public let name: String
  public let value: Int
  public let error: String

  /// Rows of the table below `## Limits` of `document`. A value is its first number; thousands may be separated by commas.
  public static func rows(_ document: String) throws -> [FormatLimit] {
    let lines = try text(document).components(separatedBy: "\n")
    guard let start = lines.firstIndex(of: "## Limits") else { return [] }
    let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
    return section.compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("| `"), cells.count == 3 else { return nil }
      let number = cells[1].replacingOccurrences(of: ",", with: "").prefix { $0.isNumber }
      return FormatLimit(
        name: cells[0].trimmingCharacters(in: ["`"]), value: Int(number) ?? -1, error: cells[2])
    }
  }

  /// What the table of `document` says otherwise than the code: constants that differ, that it lacks or has too much, and errors
  /// that are no rule of the document. Empty when they agree.
  public static func disagreements(_ document: String, _ constants: [String: Int]) throws -> [String] {
    let rows = try rows(document)
    let rules = try text(document).components(separatedBy: "\n## Rules").dropFirst().first ?? ""
    var found: [String] = []
    for (name, value) in constants {
      let said = rows.filter { $0.name == name }.map(\.value)
      if said != [value] { found.append("\(name) is \(value), and the document says \(said)") }
    }
    for row in rows {
      if constants[row.name] == nil { found.append("\(row.name) is no constant of the code") }
      // What is passed over instead of being refused has no error.
      if row.error != "—", !rules.contains("| \(row.error) |") {
        found.append("\(row.error) is no rule's error")
      }
    }
    return found.sorted()
  }

  private static func text(_ document: String) throws -> String {
    try String(contentsOfFile: Fixture.root + "/../Formats/" + document, encoding: .utf8)
  }
}
