import CProcess
import Foundation
import MISTFormats
import Synchronization

/// Where the tool's words go: results on standard output, everything about the work itself (progress, notes, errors) on
/// standard error, so that `mist … --json > file` is always clean. Names come from files that others made: what a terminal would
/// obey instead of showing it is written as `\u{1b}`.
enum Console {
  static let standardErrorIsTerminal = isatty(STDERR_FILENO) == 1

  /// A line of the result.
  static func line(_ text: String = "") {
    write(shown(text) + "\n", to: STDOUT_FILENO)
  }

  /// A line about the work: what was assumed, skipped, or chosen.
  static func note(_ text: String) {
    write(shown(text) + "\n", to: STDERR_FILENO)
  }

  /// A line of progress that the next one takes the place of, unless it is the last.
  static func progress(_ text: String, last: Bool) {
    write("\r\u{1B}[K" + shown(text) + (last ? "\n" : ""), to: STDERR_FILENO)
  }

  /// The tool's own lines: what the parser says of usage and options. The user's words may be among them.
  static func paragraphs(_ text: String, to descriptor: Int32) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      write(shown(String(line)) + "\n", to: descriptor)
    }
  }

  /// `value` as JSON with sorted keys, a line of its own.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // Its strings are escaped as JSON has it.
    write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", to: STDOUT_FILENO)
  }

  /// `error[code]: sentence` on standard error.
  static func error(_ error: MISTError) {
    note("error[\(error.code.name)]: \(error)")
  }

  /// Ends the output: `file.write-failed` when part of it was lost. A reader that has gone (`mist … | head`) wanted no more.
  static func finish() -> MISTError? {
    // Some file systems tell only now that there was no space.
    if close(STDOUT_FILENO) != 0 { lose(errno) }
    return lost.withLock { $0 }.map {
      MISTError(.fileWriteFailed, "standard output cannot be written: \(systemMessage($0))")
    }
  }

  /// The first error number of a write to standard output.
  private static let lost = Mutex<Int32?>(nil)

  private static func lose(_ number: Int32) {
    if number != EPIPE { lost.withLock { $0 = $0 ?? number } }
  }

  /// `text` with its control characters, line ends too, as ASCII.
  static func shown(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      var result: [UInt8] = []
      result.reserveCapacity(bytes.count)
      var next = bytes.baseAddress
      let end = next.map { $0 + bytes.count }
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 10) { buffer in
        while next != end {
          var text: UnsafePointer<UInt8>?
          let count = mist_shown(&next, end, buffer.baseAddress, &text)
          result += UnsafeBufferPointer(start: text, count: count)
        }
      }
      return String(decoding: result, as: UTF8.self)
    }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          // The other end shares a descriptor that does not block.
          var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&ready, 1, -1)
          continue
        }
        if descriptor == STDOUT_FILENO { lose(errno) }
        return
      }
      bytes = bytes.dropFirst(written)
    }
  }
}
