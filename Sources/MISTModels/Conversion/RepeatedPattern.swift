/// Whether a regular expression could take for ever. It is matched by going back, so the time grows exponentially where a repeated group
/// repeats or chooses within itself, and by a power where repetitions follow each other.
enum RepeatedPattern {
  /// Bytes of a pattern, repetitions in it, and bytes of a name that is matched.
  static let (maximumLength, maximumRepetitions, maximumName) = (500, 5, 1000)

  /// What is wrong about `pattern`, or nil.
  static func flaw(_ pattern: String) -> String? {
    guard pattern.utf8.count <= maximumLength else {
      return "the pattern has \(pattern.utf8.count) bytes, more than \(maximumLength)"
    }
    // For each open group, and the pattern itself, whether it repeats or chooses so far; and that of the group just closed.
    var open = [false]
    var closed: Bool?
    var repetitions = 0
    var left = Array(pattern)[...]
    while let character = left.popFirst() {
      let group = closed
      closed = nil
      switch character {
      case "\\": left = left.dropFirst()
      case "[": skipClass(&left)
      case "(": open.append(false)
      case ")":
        guard open.count > 1, let inner = open.popLast() else { break }
        open[open.count - 1] = open[open.count - 1] || inner
        closed = inner
      case "|": open[open.count - 1] = true
      case "?": open[open.count - 1] = true
      case "*", "+", "{":
        if group == true {
          return "a repeated group repeats or chooses within itself, which could take for ever"
        }
        open[open.count - 1] = true
        repetitions += 1
      default: break
      }
    }
    return repetitions <= maximumRepetitions
      ? nil
      : "the pattern has \(repetitions) repetitions, and more than \(maximumRepetitions) could take for ever"
  }

  /// Goes behind a character class, in which nothing is repeated.
  private static func skipClass(_ left: inout ArraySlice<Character>) {
    if left.first == "^" { left = left.dropFirst() }
    if left.first == "]" { left = left.dropFirst() }
    while let character = left.popFirst(), character != "]" {
      if character == "\\" { left = left.dropFirst() }
    }
  }
}
