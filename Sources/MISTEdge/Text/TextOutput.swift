/// Text on its way out of the runtime, and the few ways to write it. `print` and number formatting of the standard library would be most of
/// the runtime's size.
package final class TextOutput {
  /// Takes the bytes that have gathered; false when it cannot.
  package typealias Sink = (UnsafePointer<UInt8>, Int) -> Bool

  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private let sink: Sink?
  /// Bytes that no sink has taken yet.
  package private(set) var count = 0
  /// Whether text was lost: a sink could not take it, or memory without a sink was full. What follows is dropped.
  package private(set) var failed = false

  /// Gathers up to `capacity` bytes, at least one, for `sink`.
  package init(capacity: Int, sink: @escaping Sink) {
    buffer = .allocate(capacity: capacity)
    self.sink = sink
  }

  /// Writes to `memory`, which must outlive this object, as much as fits.
  package init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
    buffer = memory
    sink = nil
  }

  deinit {
    flush()
    if sink != nil { buffer.deallocate() }
  }

  /// Hands everything on.
  package func flush() {
    guard let sink, count > 0, let start = buffer.baseAddress else { return }
    if !failed { failed = !sink(start, count) }
    count = 0
  }

  package func byte(_ byte: UInt8) {
    if count == buffer.count { flush() }
    guard count < buffer.count else {
      failed = true
      return
    }
    buffer[count] = byte
    count += 1
  }

  package func text(_ text: StaticString) {
    for i in 0..<text.utf8CodeUnitCount { byte(text.utf8Start[i]) }
  }

  package func bytes(_ bytes: UnsafeRawBufferPointer) {
    for b in bytes { byte(b) }
  }
}
