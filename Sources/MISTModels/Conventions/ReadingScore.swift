/// How well a convention explains a file's names.
extension Reading {
  /// Whether one of the names that only this convention has occurs.
  func hasMarker() -> Bool {
    convention.markers.isEmpty
      || convention.markers.contains { marker in
        ignored.contains { item in prefix.readings(of: item.tensor.name).contains(marker) }
          || convention.rows.enumerated().contains { row, line in
            line.foreign.firstIndex(of: marker).map { part in
              filled.keys.contains { $0.row == row && $0.part == part }
            } ?? false
          }
      }
  }

  /// Share of the names, found or expected, that found each other: 1 for a perfect fit.
  var score: Double {
    // A tensor that several rows take parts of is one name.
    let expected = convention.rows.filter { $0.transform.firstPart == 0 }
      .reduce(0) { $0 + $1.foreign.count * places(of: $1) }
    let names = Set(filled.values.map(\.name)).count
    return Double(names) / Double(max(1, max(expected, names) + unmapped.count))
  }

  /// How many times the names of `line` are expected, going by those that occur.
  private func places(of line: Row) -> Int {
    func isNeeded(stage: Int? = nil) -> Bool {
      switch line.presence {
      case .always: true
      case .noPreNorm: !has(.preNorm)
      default: has(line.presence, stage: stage)
      }
    }
    guard line.isPerStage else {
      return isNeeded() ? (line.isPerBlock ? max(1, depth) : 1) : 0
    }
    return depths.indices.reduce(0) { sum, stage in
      sum + (isNeeded(stage: stage) ? (line.isPerBlock ? max(1, depths[stage]) : 1) : 0)
    }
  }
}
