#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Everything that lies in a folder, sorted byte by byte, so that the order is the same everywhere.
package struct FolderEntries {
  package struct Entry {
    /// Escaped as `FilePath` has it.
    package let name: String
    /// Links are followed; nil where what they lead to, or the entry itself, cannot be examined.
    package let status: FileStatus?
    /// The system's sentence where it cannot.
    package let problem: String
    /// Whether it is a link that leads nowhere.
    package let isDangling: Bool

    package var isHidden: Bool { name.utf8.first == 0x2E }
  }

  package let entries: [Entry]
  /// Which folder it is.
  package let identity: FileIdentity

  package var names: [String] { entries.map(\.name) }

  /// Throws `file.not-found` when there is no such folder, `file.unreadable` when it cannot be listed to its end.
  package init(_ folder: FilePath) throws {
    func unreadable(_ problem: String) -> MISTError {
      MISTError(.fileUnreadable, file: folder.text, problem)
    }
    guard let stream = folder.withCString({ opendir($0) }) else {
      switch errno {
      case ENOENT: throw MISTError(.fileNotFound, file: folder.text, "there is no such folder")
      case ENOTDIR: throw unreadable("is not a folder")
      default: throw unreadable("cannot be listed: \(systemMessage())")
      }
    }
    defer { closedir(stream) }
    var own = stat()
    guard fstat(dirfd(stream), &own) == 0 else { throw unreadable("cannot be examined: \(systemMessage())") }
    identity = FileIdentity(own)
    var found: [(bytes: [UInt8], entry: Entry)] = []
    while true {
      errno = 0
      guard let next = readdir(stream) else {
        guard errno == 0 else { throw unreadable("cannot be listed to its end: \(systemMessage())") }
        break
      }
      let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0
      let name = UnsafeRawPointer(next).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      let bytes = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
      guard bytes != [0x2E], bytes != [0x2E, 0x2E] else { continue }
      var status = stat()
      let isKnown = fstatat(dirfd(stream), name, &status, 0) == 0
      let number = isKnown ? 0 : errno
      found.append(
        (
          bytes,
          Entry(
            name: FilePath.name(bytes), status: isKnown ? FileStatus(status) : nil,
            problem: isKnown ? "" : systemMessage(number), isDangling: number == ENOENT || number == ELOOP)
        ))
    }
    found.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    entries = found.map(\.entry)
  }

  package init(_ folder: String) throws { try self.init(FilePath(folder)) }
}
