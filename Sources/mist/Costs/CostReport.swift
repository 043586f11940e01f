import MISTEdge
import MISTTuning

/// The table of costs as people read it.
struct CostReport {
  private let table: CostTable
  private let type: StoredType
  /// Ways of counting by which figures of the paper follow, in the order of their numbers.
  private var notes: [String] = []
  private var lines: [String] = []

  init(_ table: CostTable, type: StoredType) {
    self.table = table
    self.type = type
    lines = rows()
  }

  func print() {
    Console.line(
      "\(table.blocks) blocks, features [\(table.tokens), \(table.channels)], \(table.classes) classes"
        + (table.inseparable.isEmpty ? "" : "; in brackets what arXiv 2406.17559 prints"))
    for line in lines { Console.line(line) }
    for (method, reason) in table.unsupported.sorted(by: { $0.key < $1.key }) {
      Console.line("no \(method): \(reason)")
    }
    for (i, note) in notes.enumerated() { Console.line("\(i + 1)) \(note)") }
  }

  private mutating func rows() -> [String] {
    let hasPaper = !table.inseparable.isEmpty
    var text = Table(
      [
        ("method", .left), ("MB as f32", .left), ("as \(type)", .right), ("params M", .left),
        ("cloud GMAC", .left),
        ("edge GMAC", .left), ("predicts in", .right), ("trains in", .right),
      ] + (hasPaper ? [("GPU GB", .left), ("VTAB", .right)] : []))
    for row in table.rows {
      var cells = [
        row.method, cell(row.transfer, 3), Format.bytes(row.transferBytes), cell(row.parameters, 3),
        cell(row.cloud, 2), cell(row.edge, 3), row.prediction.map(Format.bytes) ?? "-",
        row.training.map(Format.bytes) ?? "-",
      ]
      if let paper = row.paper { cells += Self.last(paper) }
      text.add(cells)
    }
    for paper in table.inseparable {
      text.add(
        [
          paper.method, "-", "-", "[\(paper.parameters)]", "[\(paper.cloud ?? "-")]",
          "[\(paper.edge ?? "-")]", "-",
          "-",
        ] + Self.last(paper))
    }
    return text.lines
  }

  /// Memory on a GPU, cloud and edge, and the mean accuracy, as printed.
  private static func last(_ paper: PaperRow) -> [String] {
    let memory = [paper.cloudMemory, paper.edgeMemory].compactMap { $0 }
    return [memory.isEmpty ? "-" : "[\(memory.joined(separator: " / "))]", "[\(paper.accuracy.last ?? "-")]"]
  }

  private mutating func cell(_ figure: CostFigure, _ decimals: Int) -> String {
    let own = Format.decimal(figure.value, decimals)
    guard let paper = figure.paper else { return own }
    guard let convention = figure.convention else { return "\(own) [\(paper)]" }
    let note = "the paper's digits follow \(convention.text)"
    if !notes.contains(note) { notes.append(note) }
    return "\(own) [\(paper)] \((notes.firstIndex(of: note) ?? 0) + 1))"
  }
}
