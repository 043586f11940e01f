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
  /// Whether the user says the prefix: what lies elsewhere is not asked for then.
  let isChosen: Bool
  /// What stands in front of the names beside the backbone.
  let besidePrefix: String
  /// What fills each place.
  private(set) var filled: [Place: TensorInfo] = [:]
  /// Tensors left out, with the pattern that says so.
  private(set) var ignored: [(tensor: TensorInfo, pattern: String)] = []
  private(set) var unmapped: [TensorInfo] = []
  /// Tensors whose names are one name without what training put into them.
  private(set) var twins: [(TensorInfo, TensorInfo)] = []
  /// Tensors that the user leaves out and that the convention knows: they still say whose file it is.
  private(set) var knownLeftOut = 0
  /// Tensors inside the backbone that `--ignore` names, with its glob: what they do cannot be left out.
  private(set) var withheld: [(name: String, glob: String)] = []
  /// Blocks that any name speaks of: 0 ..< depth. Where there are stages, the largest of `depths`.
  private(set) var depth = 0
  /// Blocks of each stage that any name of the backbone speaks of.
  private(set) var depths: [Int] = []
  private var presences: Set<Presence> = []
  /// Stages, counted from 0, with a name of a row for reduced keys and values.
  private var reducedStages: Set<Int> = []

  init(
    _ tensors: [TensorInfo], convention: Convention, prefix: PrefixStack, ignoring globs: [String],
    isChosen: Bool = false
  ) {
    self.convention = convention
    self.prefix = prefix
    self.isChosen = isChosen
    let table = NameTable(foreign: convention)
    besidePrefix = Self.besidePrefix(tensors, convention, prefix, table)
    let extent = BackboneExtent(convention, prefix, table)
    for tensor in tensors {
      if let glob = globs.first(where: { NamePattern.matches(tensor.name, glob: $0) }) {
        ignored.append((tensor, "--ignore \(glob)"))
        if pattern(of: tensor.name) != nil
          || besideName(tensor.name).map({ !table.matches($0).isEmpty }) == true
        {
          knownLeftOut += 1
        }
        if extent.holds(tensor.name) { withheld.append((tensor.name, glob)) }
        continue
      }
      if place(tensor, table) { continue }
      if let pattern = pattern(of: tensor.name) {
        ignored.append((tensor, pattern))
      } else {
        unmapped.append(tensor)
      }
    }
    if isChosen { leaveOutside(table) }
  }

  /// The pattern of the convention that leaves a tensor out, or nil.
  private func pattern(of name: String) -> String? {
    let readings = prefix.readings(of: name)
    return convention.ignored.first { glob in readings.contains { NamePattern.matches($0, glob: glob) } }
  }

  /// Counts strangers that do not begin with the prefix as left out, but for those that would fill a gap of the model below a part
  /// of it: they are the same network's.
  private mutating func leaveOutside(_ table: NameTable) {
    let isOutside = { [self] (tensor: TensorInfo) in
      !tensor.name.hasPrefix(prefix.text)
        && !prefix.parts.contains { part in
          PrefixStack.strip(part, from: tensor.name).map(table.matches)?.contains { entry, index in
            filled[Place(row: entry.row, part: entry.part, index: index)] == nil
          } ?? false
        }
    }
    ignored += unmapped.filter(isOutside).map { ($0, "outside --prefix \(prefix.text)") }
    unmapped.removeAll(where: isOutside)
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
        let place = Place(row: entry.row, part: entry.part, index: index)
        if let other = filled[place] {
          twins.append((other, tensor))
          continue
        }
        filled[place] = tensor
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

  private func besideName(_ name: String) -> String? { PrefixStack.strip(besidePrefix, from: name) }

  /// The part of the prefix behind which most names belong to rows beside the backbone.
  private static func besidePrefix(
    _ tensors: [TensorInfo], _ convention: Convention, _ prefix: PrefixStack, _ table: NameTable
  ) -> String {
    guard convention.rows.contains(where: \.isBeside) else { return prefix.beside }
    var best = (count: 0, prefix: prefix.beside)
    for part in prefix.parts {
      let count = tensors.count { tensor in
        (PrefixStack.strip(part, from: tensor.name).map(table.matches) ?? [])
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

  /// The same reading of `part` alone, which lies beside the backbone: of other tensors, only those of its modules are strangers.
  func beside(_ part: ModelPart) -> Reading {
    let rows = convention.rows.filter { $0.isBeside && part.presences.contains($0.presence) }
    let modules = Set(rows.flatMap(\.foreign).map { besidePrefix + $0.prefix { $0 != "." } + "." })
    var alone = self
    alone.filled = filled.filter { convention.rows[$0.key.row].isBeside }
    alone.unmapped.removeAll { tensor in !modules.contains { tensor.name.hasPrefix($0) } }
    return alone
  }

  /// Whether any name of a row with this presence occurs, in `stage` if one is given.
  func has(_ presence: Presence, stage: Int? = nil) -> Bool {
    if presence == .reduction, let stage { return reducedStages.contains(stage) }
    return presences.contains(presence)
  }
}
