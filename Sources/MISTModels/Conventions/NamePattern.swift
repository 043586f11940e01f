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
    /// Whether names count the other way.
    var isReversed = false

    static let all = [
      Placeholder(text: "{s}", isStage: true, first: 0, limit: ModelLimits.stages),
      Placeholder(text: "{s+1}", isStage: true, first: 1, limit: ModelLimits.stages),
      Placeholder(text: "{3-s}", isStage: true, first: 3, limit: 4, isReversed: true),
      Placeholder(text: "{i}", isStage: false, first: 0, limit: ModelLimits.depth),
    ]

    /// The stage or block that a name calls `number`, or nil; and what a name calls it.
    func index(_ number: Int) -> Int? {
      let index = isReversed ? first - number : number - first
      return (0..<limit).contains(index) ? index : nil
    }
    func number(_ index: Int) -> Int { isReversed ? first - index : first + index }

    /// The placeholder that stands in `pattern` from `start` to the end of a component.
    static func at(_ start: Int, of pattern: UnsafeBufferPointer<UInt8>) -> Placeholder? {
      guard pattern[start] == UInt8(ascii: "{") else { return nil }
      let end = NamePattern.componentEnd(pattern, from: start)
      return all.first { placeholder in
        placeholder.text.utf8.count == end - start
          && zip(placeholder.text.utf8, pattern[start..<end]).allSatisfy { $0 == $1 }
      }
    }
  }

  /// The numbers that turn `pattern` into `name`, or nil when none do. Numbers with leading zeros are not numbers.
  static func bind(_ pattern: String, to name: String) -> NameIndex? {
    var (pattern, name) = (pattern, name)
    return pattern.withUTF8 { pattern in name.withUTF8 { bind(pattern, to: $0) } }
  }

  private static func bind(
    _ pattern: UnsafeBufferPointer<UInt8>, to name: UnsafeBufferPointer<UInt8>
  ) -> NameIndex? {
    var index = NameIndex()
    var (p, n) = (0, 0)
    while p < pattern.count {
      guard n < name.count else { return nil }
      guard let placeholder = Placeholder.at(p, of: pattern) else {
        guard pattern[p] == name[n] else { return nil }
        (p, n) = (p + 1, n + 1)
        continue
      }
      let end = componentEnd(name, from: n)
      guard let found = number(name[n..<end]).flatMap({ placeholder.index($0) }) else { return nil }
      if placeholder.isStage { index.stage = found } else { index.block = found }
      (p, n) = (p + placeholder.text.utf8.count, end)
    }
    return n == name.count ? index : nil
  }

  /// The number that digits alone write, without leading zeros.
  private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard (1...9).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
      return nil
    }
    var number = 0
    for digit in digits {
      guard isDigit(digit) else { return nil }
      number = 10 * number + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }

  /// `pattern` with its placeholders replaced by the numbers of `index`.
  static func name(_ pattern: String, at index: NameIndex) -> String {
    var name = pattern
    for placeholder in Placeholder.all {
      if let number = placeholder.isStage ? index.stage : index.block,
        let range = name.firstRange(of: placeholder.text)
      {
        name.replaceSubrange(range, with: String(placeholder.number(number)))
      }
    }
    return name
  }

  /// What a pattern and all the names that it can match have in common: every number and placeholder at a component's
  /// end as `#`.
  static func skeleton(_ name: String) -> String {
    var name = name
    return name.withUTF8 { name in
      var common: [UInt8] = []
      common.reserveCapacity(name.count)
      var start = 0
      while start < name.count {
        let end = componentEnd(name, from: start)
        let front = frontEnd(name, start, end)
        common.append(contentsOf: name[start..<front])
        if front < end { common.append(UInt8(ascii: "#")) }
        if end < name.count { common.append(name[end]) }
        start = end + 1
      }
      return String(decoding: common, as: UTF8.self)
    }
  }

  /// Where the number or placeholder at the end of a component begins; its end where there is none.
  private static func frontEnd(_ name: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    if end > start, name[end - 1] == UInt8(ascii: "}"),
      let brace = name[start..<end].lastIndex(of: UInt8(ascii: "{")),
      Placeholder.at(brace, of: name) != nil
    {
      return brace
    }
    var front = end
    while front > start, isDigit(name[front - 1]) { front -= 1 }
    return front
  }

  /// Whether the whole of `name` matches `glob`, where `*` stands for any text, also for none and across dots.
  static func matches(_ name: String, glob: String) -> Bool {
    var (name, glob) = (name, glob)
    return name.withUTF8 { text in glob.withUTF8 { matches(text, $0) } }
  }

  private static func matches(
    _ text: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<UInt8>
  ) -> Bool {
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

  /// The next byte that stands between module names and numbers (PyTorch's dots, JAX's slashes and underscores), or the end.
  private static func componentEnd(_ name: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = start
    while end < name.count {
      let byte = name[end]
      if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "_") { break }
      end += 1
    }
    return end
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
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
