import CEdgeIO
import CProcess

/// A buffered file descriptor and the few ways to write on it. `print` and number formatting of the standard library would be
/// most of the runtime's size.
final class Output {
  static let capacity = 4096

  let descriptor: Int32
  private let buffer: UnsafeMutablePointer<UInt8>
  private var count = 0
  /// Whether a write failed; what follows is dropped.
  private(set) var failed = false

  init(descriptor: Int32) {
    self.descriptor = descriptor
    buffer = .allocate(capacity: Output.capacity)
  }

  deinit {
    flush()
    buffer.deallocate()
  }

  func flush() {
    if count > 0, !failed { failed = mist_io_write(descriptor, buffer, count) != 0 }
    count = 0
  }

  func byte(_ byte: UInt8) {
    if count == Output.capacity { flush() }
    buffer[count] = byte
    count += 1
  }

  func text(_ text: StaticString) {
    for i in 0..<text.utf8CodeUnitCount { byte(text.utf8Start[i]) }
  }

  func bytes(_ bytes: UnsafeRawBufferPointer) {
    for b in bytes { byte(b) }
  }

  /// Words of a file or of the command line. What a terminal would obey instead of showing it is written as `\u{1b}`.
  func shown(_ bytes: UnsafeRawBufferPointer) {
    var next = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let end = next.map { $0 + bytes.count }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 10) { buffer in
      while next != end {
        var text: UnsafePointer<UInt8>?
        let count = mist_shown(&next, end, buffer.baseAddress, &text)
        self.bytes(UnsafeRawBufferPointer(start: text, count: count))
      }
    }
  }

  func argument(_ argument: Argument) {
    var count = 0
    while argument.text[count] != 0 { count += 1 }
    shown(UnsafeRawBufferPointer(start: argument.text, count: count))
  }

  func line(_ text: StaticString = "") {
    self.text(text)
    byte(UInt8(ascii: "\n"))
  }
}
