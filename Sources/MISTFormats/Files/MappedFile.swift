import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file mapped read-only into memory for as long as this object lives. Opening costs the same for
/// every size: pages are read when they are touched. The file must not be shortened while it is mapped, as
/// with every mapping: SIGBUS follows, which an executable can name the file of (`FileObserver`). Files written through
/// `AtomicFile` are replaced, never shortened.
package final class MappedFile: Sendable {
  /// The path as given.
  package let path: String
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  private let size: Int
  /// Whether `base` is memory of this object's own and not a mapping.
  private let isCopy: Bool
  /// Whether `readSparsely` was called.
  private let sparse = Atomic(false)

  /// The file's content. Valid while this object lives.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: size) }

  /// Maps the file at `path`. An empty file gives empty `bytes`.
  /// Throws `file.not-found` when nothing is there, `file.unreadable` for folders, devices, and failures of
  /// the system.
  package init(path: String) throws {
    self.path = path
    isCopy = false
    // Without O_NONBLOCK a pipe would block here until somebody writes to it.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        throw MISTError(.fileNotFound, file: path, "there is no such file")
      }
      throw MISTError(.fileUnreadable, file: path, "cannot be opened: \(systemMessage())")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw MISTError(.fileUnreadable, file: path, "cannot be examined: \(systemMessage())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device or pipe"
      throw MISTError(.fileUnreadable, file: path, "a regular file is expected, but this is \(kind)")
    }
    InputFiles.note(status, path)
    size = Int(status.st_size)
    guard size > 0 else {
      base = nil
      return
    }
    guard let mapping = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
      throw MISTError(.fileUnreadable, file: path, "cannot be mapped: \(systemMessage())")
    }
    base = mapping
    MappedLengths.add(mapping, status, path)
    FileObserver.current?.mapped(bytes, path)
  }

  /// The content of a file that is in memory already, copied into memory of its own, so that a sanitizer sees reads beyond it.
  /// `path` is what messages call it, and where files beside it are looked for.
  package init(copying bytes: UnsafeRawBufferPointer, as path: String) {
    self.path = path
    isCopy = true
    size = bytes.count
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 64)
    copy.copyMemory(from: bytes)
    base = copy.baseAddress
  }

  deinit {
    guard let base else { return }
    guard !isCopy else { return base.deallocate() }
    MappedLengths.remove(base)
    FileObserver.current?.unmapped(base)
    munmap(base, size)
  }

  /// Takes the pages of `bytes`, a view of this file, out of the process's resident memory; what lies outside the file
  /// is left alone. They stay in the system's cache and are mapped again when they are read again, by this thread or
  /// another: a job that goes once through a large file needs no more memory than the part at hand.
  package func release(_ bytes: UnsafeRawBufferPointer) {
    guard !isCopy, let base, let address = bytes.baseAddress, bytes.count > 0 else { return }
    let offset = Int(bitPattern: address) - Int(bitPattern: base)
    guard offset < size, offset + bytes.count > 0 else { return }
    let start = max(offset, 0) / Self.reach * Self.reach
    let end = min((offset + bytes.count + Self.reach - 1) / Self.reach * Self.reach, size)
    madvise(base + start, end - start, MADV_DONTNEED)
  }

  /// Reads no more of the file from now on than what is touched, or announced to `fetch`: the system reads ahead otherwise, 128 KB around
  /// every page, which is most of a file of which each sample's first row is wanted.
  package func readSparsely() {
    guard !isCopy, let base, !sparse.exchange(true, ordering: .relaxed) else { return }
    madvise(base, size, MADV_RANDOM)
  }

  /// Has the system read all of `bytes`, a view of this file, at once, where it does not read ahead itself.
  package func fetch(_ bytes: UnsafeRawBufferPointer) {
    guard sparse.load(ordering: .relaxed), let base, let address = bytes.baseAddress else { return }
    let offset = Int(bitPattern: address) - Int(bitPattern: base)
    guard offset >= 0, offset + bytes.count <= size else { return }
    let start = offset / Self.page * Self.page
    madvise(base + start, offset + bytes.count - start, MADV_WILLNEED)
  }

  private static let page = sysconf(Int32(_SC_PAGESIZE))

  /// Reading one byte can map this much of the file around it: Linux, from 6.18 on, maps the whole of the large page in which
  /// its cache holds the byte.
  private static let reach = 2 << 20

  /// The whole file as bytes, for files small enough to copy: read and not mapped, so that one that is shortened meanwhile is an
  /// error. Throws `file.not-found`, `file.unreadable`, `file.shortened`.
  package static func contents(of path: String) throws -> [UInt8] {
    do {
      let file = try FileBytes(path: path)
      return try file.read(0..<file.count)
    } catch let error as MISTError { throw error.inFile(path) }
  }
}
