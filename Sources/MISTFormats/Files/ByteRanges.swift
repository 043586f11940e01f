#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes that are read piece by piece.
package protocol ByteRanges: Sendable {
  var count: Int { get }
  /// The bytes of `range`, which must lie within 0 ..< `count`.
  func read(_ range: Range<Int>) throws -> [UInt8]
}

extension Array: ByteRanges where Element == UInt8 {
  package func read(_ range: Range<Int>) -> [UInt8] { [UInt8](self[range]) }
}

/// A regular file that is read, not mapped: one that somebody shortens while it is mapped would end the process. Any number of
/// threads may read. Errors name no file.
package final class FileBytes: ByteRanges {
  private let descriptor: Int32
  /// Bytes of the file when it was opened.
  package let count: Int

  /// Throws `file.not-found`, `file.unreadable`.
  package convenience init(path: String) throws { try self.init(FilePath(path)) }

  /// Throws `file.not-found`, `file.unreadable`.
  package init(_ path: FilePath) throws {
    // Without O_NONBLOCK a pipe would block here until somebody writes to it.
    descriptor = path.withCString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else {
      let missing = errno == ENOENT || errno == ENOTDIR
      throw MISTError(
        missing ? .fileNotFound : .fileUnreadable,
        missing ? "there is no such file" : "cannot be opened: \(systemMessage())")
    }
    var status = stat()
    let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    count = isRegular ? Int(status.st_size) : -1
    guard isRegular else {
      close(descriptor)
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
      throw MISTError(.fileUnreadable, "a regular file is expected, but this is \(kind)")
    }
    InputFiles.note(status, path.text)
  }

  deinit { close(descriptor) }

  /// Throws `file.unreadable`, and `file.shortened` when the file has become shorter since.
  package func read(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
      while done < range.count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + done }, range.count - done,
          off_t(range.lowerBound + done))
        if got < 0 {
          if errno == EINTR { continue }
          throw MISTError(.fileUnreadable, "cannot be read: \(systemMessage())")
        }
        guard got > 0 else { throw MISTError(.fileShortened, "it was shortened while it was read") }
        done += got
      }
    }
  }
}
