#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which file it is, whatever it is called.
package struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
  }
}

/// What the system says of a path. Links are followed.
package struct FileStatus: Hashable, Sendable {
  package enum Kind: Sendable { case file, folder, other }

  package let kind: Kind
  /// Bytes of a file.
  package let size: Int
  package let identity: FileIdentity

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    default: kind = .other
    }
    size = Int(status.st_size)
    identity = FileIdentity(status)
  }

  /// Nil where nothing is there, or a link leads nowhere. Throws `file.unreadable`.
  package init?(_ path: FilePath) throws {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw MISTError(.fileUnreadable, file: path.text, "cannot be examined: \(systemMessage())")
    }
    self.init(status)
  }

  /// Throws `file.unreadable`.
  package init?(_ path: String) throws { try self.init(FilePath(path)) }

  /// Whether something is called `path`, be it a link that leads nowhere or what cannot be examined: opening it says what is wrong.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
  }
}
