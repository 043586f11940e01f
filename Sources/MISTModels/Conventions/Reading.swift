import MISTFormats

/// Every source tensor seen through one convention and one prefix.
package struct Reading: Sendable {
  /// A place in the convention's table.
  struct Place: Hashable, Sendable {
    let row: Int
    let part: Int
    let index: NameIndex
  }

  let convention: Convention
  let prefix: PrefixStack
  /// What stands in front of the names beside the backbone.
  let besidePrefix: String
  /// What fills each place.
  private(set) var filled: [Place: TensorInfo] = [:]
  /// Tensors left out, with the pattern that says so.
  private(set) var ignored: [(tensor: TensorInfo, pattern: String)] = []
  private(set) var unmapped: [TensorInfo] = []
  /// Tensors inside the backbone that `--ignore` names, with its glob: what they do cannot be left out.
  private(set) var withheld: [(name: String, glob: String)] = []
  /// Blocks that any name speaks of: 0 ..< depth. Where there are stages, the largest of `depths`.
  private(set) var depth = 0
  /// Blocks of each stage that any name of the backbone speaks of.
  private(set) var depths: [Int] = []
  private var presences: Set<Presence> = []
  /// Stages, counted from 0, with a name of a row for reduced keys and values.
  private var reducedStages: Set<Int> = []

  init(_ tensors: [TensorInfo], convention: Convention, prefix: PrefixStack, ignoring globs: [String]) {
    self.convention = convention
    self.prefix = prefix
    let table = NameTable(foreign: convention)
    besidePrefix = Self.besidePrefix(tensors, convention, prefix, table)
    for tensor in tensors {
      if let glob = globs.first(where: { NamePattern.matches(tensor.name, glob: $0) }) {
        ignored.append((tensor, "--ignore \(glob)"))
        if isInside(tensor.name, table) { withheld.append((tensor.name, glob)) }
        continue
      }
      if place(tensor, table) { continue }
      let readings = prefix.readings(of: tensor.name)
      if let pattern = convention.ignored.first(where: { glob in
        readings.contains { NamePattern.matches($0, glob: glob) }
      }) {
        ignored.append((tensor, pattern))
      } else {
        unmapped.append(tensor)
      }
    }
  }

  /// Puts `tensor` where its name belongs. The same name may stand in several rows with different presence (`fc1` of a
  /// plain and a gated MLP).
  private mutating func place(_ tensor: TensorInfo, _ table: NameTable) -> Bool {
    var isPlaced = false
    for (isBeside, name) in [(false, prefix.strip(tensor.name)), (true, besideName(tensor.name))] {
      guard let name else { continue }
      for (entry, index) in table.matches(name) {
        let row = convention.rows[entry.row]
        guard row.isBeside == isBeside else { continue }
        isPlaced = true
        filled[Place(row: entry.row, part: entry.part, index: index)] = tensor
        presences.insert(row.presence)
        if row.presence == .reduction, let stage = index.stage { reducedStages.insert(stage) }
        if !isBeside { count(index) }
      }
    }
    return isPlaced
  }

  private mutating func count(_ index: NameIndex) {
    if let block = index.block { depth = max(depth, block + 1) }
    guard let stage = index.stage else { return }
    while depths.count <= stage { depths.append(0) }
    if let block = index.block { depths[stage] = max(depths[stage], block + 1) }
  }

  /// Counts the tensors of rows with this presence as left out, by `pattern`.
  mutating func leaveOut(_ presence: Presence, pattern: String) {
    let places = filled.filter { convention.rows[$0.key.row].presence == presence }
    for place in places.keys { filled[place] = nil }
    ignored += places.values.sorted { $0.name < $1.name }.map { ($0, pattern) }
    presences.remove(presence)
  }

  private func besideName(_ name: String) -> String? {
    name.hasPrefix(besidePrefix) ? String(name.dropFirst(besidePrefix.count)) : nil
  }

  /// The part of the prefix behind which most names belong to rows beside the backbone.
  private static func besidePrefix(
    _ tensors: [TensorInfo], _ convention: Convention, _ prefix: PrefixStack, _ table: NameTable
  ) -> String {
    guard convention.rows.contains(where: \.isBeside) else { return prefix.beside }
    var best = (count: 0, prefix: prefix.beside)
    for part in prefix.parts {
      let count = tensors.count { tensor in
        tensor.name.hasPrefix(part)
          && table.matches(String(tensor.name.dropFirst(part.count)))
            .contains { convention.rows[$0.entry.row].isBeside }
      }
      if count > best.count { best = (count, part) }
    }
    return best.prefix
  }

  /// The tensor in a part of the first row with this canonical pattern that has one: at `index`, or for any block where
  /// that leaves the block open.
  func tensor(_ canonical: String, at index: NameIndex = NameIndex(), part: Int = 0) -> TensorInfo? {
    place(canonical, at: index, part: part)?.tensor
  }

  /// The same with its row.
  func place(
    _ canonical: String, at index: NameIndex = NameIndex(), part: Int = 0
  ) -> (tensor: TensorInfo, row: Row)? {
    for (row, line) in convention.rows.enumerated() where line.canonical == canonical {
      let isOpen = line.isPerBlock && index.block == nil
      let blocks = index.stage.map { depths.indices.contains($0) ? depths[$0] : 0 } ?? depth
      for block in isOpen ? (0..<blocks).map(Optional.some) : [index.block] {
        let place = Place(row: row, part: part, index: NameIndex(stage: index.stage, block: block))
        if let found = filled[place] { return (found, line) }
      }
    }
    return nil
  }

  /// The foreign name of `canonical` with its prefix.
  func foreignName(_ row: Row, part: Int = 0, at index: NameIndex) -> String {
    (row.isBeside ? besidePrefix : prefix.text) + NamePattern.name(row.foreign[part], at: index)
  }

  /// The same reading of what lies beside the backbone alone: of other tensors, only those of `module` are strangers.
  func beside(_ module: String) -> Reading {
    var alone = self
    alone.filled = filled.filter { convention.rows[$0.key.row].isBeside }
    alone.unmapped.removeAll { !$0.name.hasPrefix(besidePrefix + module + ".") }
    return alone
  }

  /// Whether any name of a row with this presence occurs, in `stage` if one is given.
  func has(_ presence: Presence, stage: Int? = nil) -> Bool {
    if presence == .reduction, let stage { return reducedStages.contains(stage) }
    return presences.contains(presence)
  }

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
