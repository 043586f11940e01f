#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file being written that appears under its name complete or not at all: the bytes go to a hidden file
/// beside the target, `commit()` forces them to disk and renames. Whatever ends before `commit()` (an
/// error, the object's end) removes the hidden file and leaves an older target untouched.
package final class AtomicFile {
  /// The path under which the file appears.
  package let path: String
  /// Bytes written so far.
  package private(set) var count = 0

  private let temporaryPath: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 16
  /// Bytes that the system holds, and how many it was asked to begin writing to the disk.
  private var (passed, begun) = (0, 0)
  private static let writeBack = 8 << 20

  /// Starts a file that will appear at `path`, replacing what is there.
  /// Throws `file.write-failed` when the folder does not exist or cannot be written, or `path` is a folder, and
  /// `file.overwrites-input`.
  package init(path: String) throws {
    self.path = path
    try InputFiles.check(path)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw MISTError(
        .fileWriteFailed, file: path, "cannot be replaced: it exists and is not a regular file",
        advice: "choose another name")
    }
    let parent = folder(of: path)
    Temporaries.removeLeftovers(of: path)
    var attempt = 0
    while true {
      let candidate = Temporaries.path(for: path, attempt: attempt)
      // Before it exists: a signal in between would leave it.
      FileObserver.current?.created(candidate)
      descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0, Temporaries.lock(descriptor, candidate) {
        temporaryPath = candidate
        break
      }
      let number = descriptor >= 0 ? EEXIST : errno
      if descriptor >= 0 { close(descriptor) }
      FileObserver.current?.settled(candidate)
      errno = number
      guard errno == EEXIST, attempt < 10_000 else {
        throw MISTError(
          .fileWriteFailed, file: path, "cannot be created in folder \(parent): \(systemMessage())")
      }
      attempt += 1
    }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit { abort() }

  /// Appends `bytes`. Throws `file.write-failed`, after which the file is abandoned.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try requireOpen()
    count += bytes.count
    if buffer.count + bytes.count <= Self.bufferSize {
      buffer.append(contentsOf: bytes)
      return
    }
    try flush()
    if bytes.count < Self.bufferSize {
      buffer.append(contentsOf: bytes)
    } else {
      try writeThrough(bytes)
    }
  }

  /// Appends the bytes of an array.
  package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// Appends a string's UTF-8 bytes.
  package func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Puts `bytes` in place of as many that were written at `offset`: for what is known only once the rest is written.
  /// Throws `file.write-failed`, after which the file is abandoned.
  package func overwrite(at offset: Int, _ bytes: [UInt8]) throws {
    try requireOpen()
    guard offset >= 0, bytes.count <= count, offset <= count - bytes.count else {
      throw MISTError(.bug, file: path, "bytes that were not written cannot be written over")
    }
    try flush()
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + done))
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw failure("cannot be written")
      }
      done += written
    }
  }

  /// Forces the bytes to disk and gives the file its name. Nothing can be written afterwards.
  /// Throws `file.write-failed`, or `file.shortened` for a file that it may be made of, after which the file is abandoned.
  package func commit() throws {
    try requireOpen()
    try flush()
    // What was opened since may be this file.
    try InputFiles.check(path)
    try MappedLengths.check()
    guard fsync(descriptor) == 0 else { throw failure("cannot be forced to disk") }
    // While it is locked: nobody takes it for a dead one's.
    guard rename(temporaryPath, path) == 0 else { throw failure("cannot be put in place") }
    close(descriptor)
    descriptor = -1
    FileObserver.current?.settled(temporaryPath)
    syncFolder(of: path)
  }

  /// Removes what was written. Does nothing after `commit()`.
  package func abort() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    unlink(temporaryPath)
    FileObserver.current?.settled(temporaryPath)
  }

  /// Writes a whole file at once.
  package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes a whole text file at once.
  package static func write(_ text: String, to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(text)
    try file.commit()
  }

  private func requireOpen() throws {
    guard descriptor >= 0 else {
      throw MISTError(.bug, file: path, "was written to after it was committed or abandoned")
    }
  }

  private func flush() throws {
    guard !buffer.isEmpty else { return }
    try buffer.withUnsafeBytes { try writeThrough($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while let start = rest.baseAddress, rest.count > 0 {
      let written = Self.systemWrite(descriptor, start, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw failure("cannot be written")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      passed += written
    }
    beginWriteBack()
  }

  /// Lets the disk begin while the rest is being made, so that `commit()` waits for less. Only a hint: its failure is `fsync`'s to tell.
  private func beginWriteBack() {
    #if os(Linux)
      guard passed - begun >= Self.writeBack else { return }
      // Of pages that are not on the disk yet Linux takes this as the wish to write them; it keeps them.
      _ = posix_fadvise(descriptor, off_t(begun), off_t(passed - begun), POSIX_FADV_DONTNEED)
      begun = passed
    #endif
  }

  private func failure(_ what: String) -> MISTError {
    // The bytes are often those of a mapped file.
    let message = errno == EFAULT ? "what it is made from was shortened meanwhile" : systemMessage()
    abort()
    return MISTError(.fileWriteFailed, file: path, "\(what): \(message)")
  }

  private static func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, start, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, start, count)
    #else
      Darwin.write(descriptor, start, count)
    #endif
  }
}
