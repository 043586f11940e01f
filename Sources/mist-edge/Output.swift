import CEdgeIO
import CProcess
import MISTEdge

/// What the command line writes to.
typealias Output = TextOutput

extension TextOutput {
  /// A buffered file descriptor.
  convenience init(descriptor: Int32) {
    self.init(capacity: 4096) { bytes, count in mist_io_write(descriptor, bytes, count) == 0 }
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

  func argument(_ argument: Argument) { shown(argument.bytes) }

  func line(_ text: StaticString = "") {
    self.text(text)
    byte(UInt8(ascii: "\n"))
  }
}
