/// Matching of tensor names. Patterns are anchored at both ends.
enum NamePattern {
  /// `name` with its first all-digit component written `{i}`, and that number: `blocks.7.norm1.weight` gives
  /// `blocks.{i}.norm1.weight` and 7. Numbers with leading zeros, or over 511, are not block numbers.
  static func generalise(_ name: String) -> (pattern: String, block: Int?) {
    var components = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for (position, component) in components.enumerated() {
      guard let number = Int(component), String(number) == component, (0..<512).contains(number) else {
        continue
      }
      components[position] = "{i}"
      return (components.joined(separator: "."), number)
    }
    return (name, nil)
  }

  /// `pattern` with its `{i}` replaced.
  static func name(_ pattern: String, block: Int) -> String {
    guard let range = pattern.firstRange(of: "{i}") else { return pattern }
    return pattern.replacingCharacters(in: range, with: String(block))
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
}
