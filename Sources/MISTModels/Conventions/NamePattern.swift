/// The numbers that a pattern's placeholders stand for in one name.
package struct NameIndex: Hashable, Sendable {
  /// `{s}`: the stage, counted from 0.
  var stage: Int?
  /// `{i}`: the block, counted from 0, within its stage where there are stages.
  var block: Int?
}

/// Matching of tensor names. Patterns are anchored at both ends and match component by component.
enum NamePattern {
  /// What stands for a number at the end of a component.
  private struct Placeholder {
    let text: String
    let isStage: Bool
    /// The number that a name has for stage or block 0.
    let first: Int
    /// Numbers beyond these are not a stage's or a block's.
    let limit: Int

    static let all = [
      Placeholder(text: "{s}", isStage: true, first: 0, limit: ModelLimits.stages),
      Placeholder(text: "{s+1}", isStage: true, first: 1, limit: ModelLimits.stages),
      Placeholder(text: "{i}", isStage: false, first: 0, limit: ModelLimits.depth),
    ]

    /// The placeholder that `component` ends with, and what stands before it.
    static func end(of component: Substring) -> (placeholder: Placeholder, front: Substring)? {
      guard component.utf8.last == UInt8(ascii: "}"),
        let found = all.first(where: { component.hasSuffix($0.text) })
      else { return nil }
      return (found, component.dropLast(found.text.count))
    }
  }

  /// The numbers that turn `pattern` into `name`, or nil when none do. Numbers with leading zeros are not numbers.
  static func bind(_ pattern: String, to name: String) -> NameIndex? {
    let (expected, found) = (components(pattern), components(name))
    guard expected.count == found.count else { return nil }
    var index = NameIndex()
    for (wanted, component) in zip(expected, found) where wanted != component {
      guard let (placeholder, front) = Placeholder.end(of: wanted), component.hasPrefix(front) else {
        return nil
      }
      let digits = component.dropFirst(front.count)
      guard let number = Int(digits), String(number) == digits,
        (placeholder.first..<placeholder.first + placeholder.limit).contains(number)
      else { return nil }
      if placeholder.isStage {
        index.stage = number - placeholder.first
      } else {
        index.block = number - placeholder.first
      }
    }
    return index
  }

  /// `pattern` with its placeholders replaced by the numbers of `index`.
  static func name(_ pattern: String, at index: NameIndex) -> String {
    var name = pattern
    for placeholder in Placeholder.all {
      if let number = placeholder.isStage ? index.stage : index.block,
        let range = name.firstRange(of: placeholder.text)
      {
        name.replaceSubrange(range, with: String(number + placeholder.first))
      }
    }
    return name
  }

  /// What a pattern and all the names that it can match have in common: every number and placeholder at a component's
  /// end as `#`.
  static func skeleton(_ name: String) -> String {
    components(name).map { component in
      if let (_, front) = Placeholder.end(of: component) { return front + "#" }
      var front = component
      while let last = front.utf8.last, (0x30...0x39).contains(last) { front.removeLast() }
      return front.count == component.count ? component : front + "#"
    }.joined()
  }

  /// Whether the whole of `name` matches `glob`, where `*` stands for any text, also for none and across dots.
  static func matches(_ name: String, glob: String) -> Bool {
    let (text, pattern) = (Array(name.utf8), Array(glob.utf8))
    let star = UInt8(ascii: "*")
    var (t, p) = (0, 0)
    var resume: (t: Int, p: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == star {
        resume = (t, p)
        p += 1
      } else if p < pattern.count, pattern[p] == text[t] {
        (t, p) = (t + 1, p + 1)
      } else if let last = resume {
        resume = (last.t + 1, last.p)
        (t, p) = (last.t + 1, last.p + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == star }
  }

  /// Module names and numbers, and what stands between them: PyTorch's dots, JAX's slashes and underscores.
  private static func components(_ name: String) -> [Substring] {
    var list: [Substring] = []
    var start = name.startIndex
    for index in name.utf8.indices where separators.contains(name.utf8[index]) {
      let end = name.utf8.index(after: index)
      list += [name[start..<index], name[index..<end]]
      start = end
    }
    list.append(name[start...])
    return list
  }

  private static let separators = Array("./_".utf8)
}

/// Patterns of a convention's rows, found by a concrete name.
struct NameTable {
  struct Entry {
    let pattern: String
    let row: Int
    let part: Int
  }

  private var entries: [String: [Entry]] = [:]

  init(_ patterns: some Sequence<Entry>) {
    for entry in patterns { entries[NamePattern.skeleton(entry.pattern), default: []].append(entry) }
  }

  /// The foreign names of `convention`.
  init(foreign convention: Convention) {
    self.init(
      convention.rows.enumerated().flatMap { row, line in
        line.foreign.enumerated().map { Entry(pattern: $1, row: row, part: $0) }
      })
  }

  /// The canonical names of `convention`.
  init(canonical convention: Convention) {
    self.init(convention.rows.enumerated().map { Entry(pattern: $1.canonical, row: $0, part: 0) })
  }

  /// The row of `convention` that the canonical tensor `name` of a model of `configuration` has, with the name's numbers.
  func row(
    for name: String, in configuration: ModelConfiguration, of convention: Convention
  ) -> (row: Int, index: NameIndex)? {
    matches(name).first { configuration.details.holds(convention.rows[$0.entry.row].presence, at: $0.index) }
      .map { ($0.entry.row, $0.index) }
  }

  /// Every row and part that `name` can be, in the convention's order.
  func matches(_ name: String) -> [(entry: Entry, index: NameIndex)] {
    (entries[NamePattern.skeleton(name)] ?? []).compactMap { entry in
      NamePattern.bind(entry.pattern, to: name).map { (entry, $0) }
    }
  }
}
