import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The hidden files and folders in which outputs are made, beside them: `.NAME.RANDOM-NUMBER.tmp`. Each is locked for as long as
/// its process works on it, so that what a dead one left is known by its lock and not by a process's number.
enum Temporaries {
  /// The path that attempt number `attempt` makes `path` under.
  static func path(for path: String, attempt: Int) -> String {
    let parent = folder(of: path)
    return (parent == "." ? "" : parent + "/") + ".\(lastComponent(of: path)).\(random)-\(attempt).tmp"
  }

  /// No other process makes files of the same name, whatever its number, so that a signal's handler may remove them at any time.
  private static let random = UInt64.random(in: 0...UInt64.max)

  /// Locks what was just made at `path`. False when another process, which took it for a dead one's, has removed it. Where the file
  /// system has no locks, nobody removes anything.
  static func lock(_ descriptor: Int32, _ path: String) -> Bool {
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    var (own, named) = (stat(), stat())
    guard FilePath(path).withCString({ lstat($0, &named) }) == 0 else { return errno != ENOENT }
    return fstat(descriptor, &own) != 0 || FileIdentity(own) == FileIdentity(named)
  }

  /// The output that something called `name` is, or was, made for.
  static func output(of name: String) -> String? {
    guard name.hasPrefix("."), name.hasSuffix(".tmp") else { return nil }
    let middle = name.utf8.dropFirst().dropLast(4)
    guard let dot = middle.lastIndex(of: 0x2E) else { return nil }
    let numbers = middle[middle.index(after: dot)...].split(separator: 0x2D, omittingEmptySubsequences: false)
    let areNumbers = numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
    guard numbers.count == 2, areNumbers, dot != middle.startIndex else { return nil }
    return String(middle[..<dot])
  }

  /// What lay in a folder when this process first made something in it: names by their output. Once, because a folder may
  /// hold as many files as it gets.
  private static let found = Mutex<[FilePath: (folder: FileIdentity, names: [String: [String]])]>([:])

  /// Removes what dead processes left of the output `path`. What cannot be removed is left.
  static func removeLeftovers(of path: String) {
    let parent = FilePath(folder(of: path))
    guard let identity = (try? FileStatus(parent))??.identity else { return }
    let names = found.withLock { found -> [String] in
      let known = found[parent].flatMap { $0.folder == identity ? $0.names : nil }
      let all = known ?? list(parent)
      found[parent] = (identity, all)
      // An escaped name is that of an output by its bytes.
      return all[FilePath.name(lastComponent(of: path).utf8)] ?? []
    }
    for name in names { remove(parent.appending(name)) }
  }

  private static func list(_ folder: FilePath) -> [String: [String]] {
    let names = (try? FolderEntries(folder))?.names ?? []
    return Dictionary(grouping: names.filter { output(of: $0) != nil }) { output(of: $0) ?? "" }
  }

  private static func remove(_ path: FilePath) {
    path.withCString { name in
      let descriptor = open(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { return }
      defer { close(descriptor) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return }
      var status = stat()
      guard fstat(descriptor, &status) == 0, isSame(descriptor, path) else { return }
      switch FileStatus(status).kind {
      case .file: unlink(name)
      case .folder: Folders.remove(path)
      case .other: break
      }
    }
  }

  /// Whether `path` is what `descriptor` is of.
  private static func isSame(_ descriptor: Int32, _ path: FilePath) -> Bool {
    var (own, named) = (stat(), stat())
    return fstat(descriptor, &own) == 0 && path.withCString({ lstat($0, &named) }) == 0
      && FileIdentity(own) == FileIdentity(named)
  }
}
