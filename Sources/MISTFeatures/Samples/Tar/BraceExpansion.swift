import MISTFormats

/// Names with braces, as shells and webdataset expand them: `data-{000..099}.tar`, `{a,b}.tar`, several in one name.
enum BraceExpansion {
  /// Names that one pattern may stand for.
  static let largestCount = 100_000

  /// Every name that `pattern` stands for, in order. Throws `usage` for braces that are not whole, and for too many names.
  static func expand(_ pattern: String) throws -> [String] {
    guard let open = pattern.firstIndex(of: "{") else {
      guard !pattern.contains("}") else { throw invalid(pattern) }
      return [pattern]
    }
    let inside = pattern[pattern.index(after: open)...]
    guard let close = inside.firstIndex(of: "}"), !inside[..<close].contains("{") else {
      throw invalid(pattern)
    }
    let rest = try expand(String(inside[inside.index(after: close)...]))
    let parts = try alternatives(inside[..<close], pattern)
    guard parts.count * rest.count <= largestCount else {
      throw MISTError(.usage, "'\(pattern)' stands for more than \(largestCount) names")
    }
    return parts.flatMap { part in rest.map { pattern[..<open] + part + $0 } }
  }

  private static func alternatives(_ text: Substring, _ pattern: String) throws -> [String] {
    let list = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if list.count > 1 { return list }
    let ends = text.split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 3, ends[1].isEmpty,
      [ends[0], ends[2]].allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      let first = Int(ends[0]), let last = Int(ends[2]), first <= last, last - first < largestCount
    else { throw invalid(pattern) }
    // As in a shell: all as long as the longer end, when one of them begins with a zero.
    let isPadded = [ends[0], ends[2]].contains { $0.count > 1 && $0.first == "0" }
    let width = isPadded ? max(ends[0].count, ends[2].count) : 0
    return (first...last).map { number in
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
  }

  private static func invalid(_ pattern: String) -> MISTError {
    MISTError(
      .usage, "'\(pattern)' is not a name with braces like data-{000..099}.tar",
      advice: "ascending numbers between two dots, or names between commas")
  }
}
