/// Runs of combining marks in text from files.
///
/// Swift compares and hashes text by its canonical form, whose making takes the square of the length of such a run: two names of 40 KB
/// take seconds. Unicode's stream-safe format (UAX #15, section 13) has no more than 30 in a row, and no written language
/// comes near it.
enum CombiningMarks {
  /// The longest run that is read.
  static let limit = 30
  static let problem = "has more than \(limit) combining marks in a row"

  /// Counts marks, scalar after scalar.
  struct Run {
    private var length = 0

    /// Whether the run that `scalar` goes on with or ends is within the limit.
    mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
      length = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : length + 1
      return length <= CombiningMarks.limit
    }
  }

  /// Whether every run in `text` is within the limit.
  static func areFew(in text: String) -> Bool {
    guard text.utf8.contains(where: { $0 >= 0x80 }) else { return true }
    var run = Run()
    return text.unicodeScalars.allSatisfy { run.takes($0) }
  }
}

/// The text of `bytes`. What `failure` makes of the flaw, such as "is not valid UTF-8", is thrown.
package func text(
  of bytes: some Collection<UInt8>, orThrow failure: (_ flaw: String) -> MISTError
) throws(MISTError) -> String {
  guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("is not valid UTF-8") }
  guard CombiningMarks.areFew(in: text) else { throw failure(CombiningMarks.problem) }
  return text
}
