import CEdgeIO
import CProcess
import MISTEdge

/// A file that is written under a temporary name, `NAME.tmp`, until it is whole and safe on its disk.
final class PendingFile {
  let output: Output
  private let descriptor: Int32
  private let name: [CChar]
  private let temporary: [CChar]
  private var isOpen = true

  /// The file called `name`, which ends in a zero; nil where none can be made. `folder` is made unless it is there.
  init?(_ name: [CChar], in folder: Argument? = nil) {
    self.name = name
    temporary = Self.temporary(name)
    // Before it exists: a signal in between would leave it.
    mist_process_temporary(temporary)
    descriptor = mist_io_create(folder?.text, temporary)
    guard descriptor >= 0 else {
      mist_process_settled(temporary)
      return nil
    }
    output = Output(descriptor: descriptor)
  }

  deinit {
    guard isOpen else { return }
    mist_io_discard(descriptor, temporary)
    mist_process_settled(temporary)
  }

  /// Under which name a file is written.
  static func temporary(_ name: [CChar]) -> [CChar] { name.dropLast() + [0x2E, 0x74, 0x6D, 0x70, 0] }

  /// Puts the file in place; false where that fails, and nothing is left then.
  func finish() -> Bool {
    output.flush()
    guard !output.failed else { return false }
    isOpen = false
    let finished = mist_io_finish(descriptor, temporary, name)
    mist_process_settled(temporary)
    return finished == 0
  }
}
