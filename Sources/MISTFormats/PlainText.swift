import Foundation

/// Text that people write by hand: lists of classes, rows of images, labels. Editors put a byte order mark before it, end its lines
/// in two ways and leave blanks behind them; none of that is part of a name.
package enum PlainText {
  /// What an editor may begin UTF-8 with.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// `bytes` without a byte order mark.
  package static func content(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes[(bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0)...]
  }

  /// The text of `bytes`. Throws what `failure` makes of a flaw of theirs, such as "is not valid UTF-8".
  package static func text(
    _ bytes: [UInt8], orThrow failure: (_ flaw: String) -> MISTError
  ) throws(MISTError) -> String {
    try MISTFormats.text(of: content(bytes), orThrow: failure)
  }

  /// The lines of `text`, whatever ends them, without blanks around them; empty ones at its end are none.
  package static func lines(_ text: String) -> [String] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(name)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// `text` without blanks and line ends around it.
  package static func name(_ text: some StringProtocol) -> String {
    text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
