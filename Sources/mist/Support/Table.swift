import MISTFormats

/// Aligned columns for people. Numbers are right-aligned, text left-aligned.
struct Table {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]]

  /// `columns`: title and alignment of each; an empty title row is not printed.
  init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = columns.contains { !$0.title.isEmpty } ? [columns.map(\.title)] : []
  }

  /// Adds a row. One cell of a megabyte, as a file can have for a name, would pad the cells of all rows: JSON has it whole.
  mutating func add(_ cells: [String]) {
    rows.append(cells.map { cut($0, to: 200) })
  }

  /// The table's lines, two spaces between columns, no trailing spaces.
  var lines: [String] {
    let widths = alignments.indices.map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
        return alignments[column] == .right ? padding + cell : cell + padding
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  func print() {
    for line in lines { Console.line(line) }
  }
}
