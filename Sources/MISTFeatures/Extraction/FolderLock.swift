import Foundation
import MISTFormats

/// Holds a folder against other processes that extract into it, for as long as this object lives. The lock is the
/// kernel's (`flock`), so that a killed process leaves nothing behind.
final class FolderLock: Sendable {
  private let descriptor: Int32

  /// Throws `extract.folder-busy`, `file.write-failed`.
  init(path: String) throws {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path, "cannot be opened") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else {
        throw Self.failure(path, "cannot be locked against other processes")
      }
      throw MISTError(
        .extractFolderBusy, file: path, "another process is extracting into it", advice: "wait for it to end")
    }
  }

  private static func failure(_ path: String, _ what: String) -> MISTError {
    MISTError(.fileWriteFailed, file: path, "the folder \(what): \(systemMessage())")
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
