import MISTFormats

/// `PATTERN=REPLACEMENT` of `--rename`: a regular expression over a whole name, and what that name becomes.
package struct RenameRule: Sendable, Hashable {
  /// As the user wrote it.
  package let text: String
  private let pattern: String
  private let replacement: [Piece]

  private enum Piece: Sendable, Hashable {
    case text(String)
    case group(Int)
  }

  /// Throws `usage` for text without `=`, a pattern that is none or could take for ever, and a replacement that is none.
  package init(_ text: String) throws {
    self.text = text
    guard let split = text.lastIndex(of: "="), split > text.startIndex else {
      throw MISTError(.usage, at: "--rename", "expected PATTERN=REPLACEMENT, found \(quoted(text))")
    }
    pattern = String(text[..<split])
    if let flaw = RepeatedPattern.flaw(pattern) { throw Self.usage(text, flaw) }
    do {
      _ = try Regex(pattern)
    } catch {
      throw Self.usage(text, "\(quoted(pattern)) is no regular expression: \(error)")
    }
    replacement = try Self.pieces(text[text.index(after: split)...], of: text)
  }

  /// What each of `names` becomes; nil for those that it is not about.
  /// Throws `usage` for a replacement that names a group which the pattern has not.
  func apply(to names: [String]) throws -> [String?] {
    // Not kept, because it cannot be sent between threads.
    let regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
    return try names.map { name in
      guard let match = try regex.wholeMatch(in: name) else { return nil }
      return try replacement.map { piece in
        switch piece {
        case .text(let text): return text
        case .group(let number):
          guard number < match.output.count else {
            throw Self.usage(
              text, "the replacement names group $\(number), and the pattern has \(match.output.count - 1)")
          }
          return String(match.output[number].substring ?? "")
        }
      }.joined()
    }
  }

  /// `$0` … `$9` are groups, `$$` is a dollar sign.
  private static func pieces(_ replacement: Substring, of rule: String) throws -> [Piece] {
    var pieces: [Piece] = []
    var left = replacement
    while let character = left.popFirst() {
      switch (character, left.first) {
      case ("$", "$"?):
        left.removeFirst()
        pieces.append(.text("$"))
      case ("$", let digit?) where digit.isASCII && digit.isWholeNumber:
        left.removeFirst()
        pieces.append(.group(digit.wholeNumberValue ?? 0))
      case ("$", _):
        throw usage(rule, "a '$' of the replacement is followed by no digit; write $1, or $$ for the sign")
      case ("\\", _): throw usage(rule, "groups are written $1 in the replacement, not \\1")
      default: pieces.append(.text(String(character)))
      }
    }
    return pieces
  }

  private static func usage(_ rule: String, _ problem: String) -> MISTError {
    MISTError(.usage, at: "--rename \(quoted(rule))", problem)
  }
}
