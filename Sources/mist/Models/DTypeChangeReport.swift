import MISTModels

/// What writing in another element type did to the values, for machines and for people.
struct DTypeChangeReport: Encodable {
  let total: DTypeChange
  let tensors: [String: DTypeChange]

  /// Rows of the printed table; JSON has all.
  private static let rows = 20

  /// Nil when no tensor changed its type.
  init?(_ outcome: Conversion.Outcome) {
    guard !outcome.changes.isEmpty else { return nil }
    total = outcome.total
    tensors = outcome.changes
  }

  func print() {
    Console.line(
      "dtype change   \(tensors.count) tensors, \(total.values) values: \(total.overflow) became infinite, "
        + "\(total.underflow) became zero, \(total.subnormal) became subnormal, \(total.nan) are NaN")
    let notable = tensors.filter(\.value.isNotable).sorted { a, b in
      let (x, y) = (a.value, b.value)
      return (y.overflow, y.nan, y.underflow, a.key) < (x.overflow, x.nan, x.underflow, b.key)
    }
    guard !notable.isEmpty else { return }
    var table = Table([
      ("TENSOR", .left), ("VALUES", .right), ("TO INF", .right), ("TO ZERO", .right), ("SUBNORMAL", .right),
      ("NAN", .right),
    ])
    for (name, change) in notable.prefix(Self.rows) {
      table.add(
        [name]
          + [change.values, change.overflow, change.underflow, change.subnormal, change.nan].map(String.init)
      )
    }
    table.print()
    if notable.count > Self.rows {
      Console.line("and \(notable.count - Self.rows) more tensors with values lost (--json lists them)")
    }
  }

  /// What nobody should miss, on standard error.
  func warn() {
    for (tensor, change) in tensors.sorted(by: { $0.key < $1.key }) where change.overflow > 0 {
      Console.note(
        "warning: \(change.overflow) values of \(tensor) are too large for the written type and became infinite"
      )
    }
    if total.nan > 0 { Console.note("warning: \(total.nan) values are NaN") }
  }
}
