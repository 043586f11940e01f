import Foundation
import MISTFormats

/// Where the tool's words go: results on standard output, everything about the work itself (progress, notes, errors) on
/// standard error, so that `mist … --json > file` is always clean.
enum Console {
  static let standardErrorIsTerminal = isatty(STDERR_FILENO) == 1

  /// A line of the result.
  static func line(_ text: String = "") {
    write(text + "\n", to: STDOUT_FILENO)
  }

  /// A line about the work: what was assumed, skipped, or chosen.
  static func note(_ text: String) {
    write(text + "\n", to: STDERR_FILENO)
  }

  /// `value` as JSON with sorted keys, a line of its own.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    line(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// `error[code]: sentence` on standard error.
  static func error(_ error: MISTError) {
    write("error[\(error.code.name)]: \(error)\n", to: STDERR_FILENO)
  }

  static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      // A closed pipe (`mist … | head`) ends the output, not the program.
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
