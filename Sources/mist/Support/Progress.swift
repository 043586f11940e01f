import Foundation
import MISTFormats

/// Progress of a long job on standard error: one line rewritten on a terminal, a plain line every few seconds otherwise.
/// Safe to call from any thread.
final class Progress: @unchecked Sendable {
  private let lock = NSLock()
  private let label: String
  private let unit: String
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant?
  private var firstDone: Int?
  private let quiet: Bool

  /// `label`: what is being done ("extract train"); `unit`: what is counted ("images"). `quiet` prints nothing.
  init(_ label: String, unit: String, quiet: Bool = false) {
    self.label = label
    self.unit = unit
    self.quiet = quiet
  }

  /// Reports `done` of `total`; prints at most a few times a second on a terminal, every 5 s elsewhere.
  func update(done: Int, total: Int) {
    lock.lock()
    defer { lock.unlock() }
    guard !quiet else { return }
    let now = ContinuousClock.now
    let interval: Duration = Console.standardErrorIsTerminal ? .milliseconds(200) : .seconds(5)
    // What a resumed job finds done already does not count into the rate.
    if firstDone == nil { firstDone = min(done, max(0, done - 1)) }
    if let last, now - last < interval, done < total { return }
    last = now
    let seconds = (now - start).seconds
    let rate = seconds > 0 ? Double(done - (firstDone ?? 0)) / seconds : 0
    var text = "\(label): \(done)/\(total) \(unit)"
    if rate > 0 {
      text += ", \(Format.decimal(rate, 1)) \(unit)/s"
      if done < total { text += ", \(Format.duration(Double(total - done) / rate)) left" }
    }
    if Console.standardErrorIsTerminal {
      Console.progress(text, last: done >= total)
    } else {
      Console.note(text)
    }
  }
}
