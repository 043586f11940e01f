import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files that are mapped now, and their lengths when they were. A file that is cut within its last page gives zeros there, and no
/// signal: what was made of it must not get its name.
enum MappedLengths {
  private struct Entry {
    let path: String
    let identity: FileIdentity
    let size: Int
  }

  private static let entries = Mutex<[UInt: Entry]>([:])

  static func add(_ base: UnsafeRawPointer, _ status: stat, _ path: String) {
    let entry = Entry(path: path, identity: FileIdentity(status), size: Int(status.st_size))
    let place = UInt(bitPattern: base)
    entries.withLock { $0[place] = entry }
  }

  static func remove(_ base: UnsafeRawPointer) {
    let place = UInt(bitPattern: base)
    entries.withLock { $0[place] = nil }
  }

  /// Throws `file.shortened` where a file that a command still has mapped is shorter than it was.
  static func check() throws {
    guard InputFiles.areNoted, let path = shortened().first else { return }
    throw MISTError(
      .fileShortened, file: path, "it was shortened while it was in use, so nothing was written",
      advice: "run again when nobody writes to it")
  }

  /// Paths of the files that are mapped, still have their names, and are shorter than they were.
  static func shortened() -> [String] {
    entries.withLock { Array($0.values) }.filter { entry in
      var status = stat()
      return stat(entry.path, &status) == 0 && FileIdentity(status) == entry.identity
        && Int(status.st_size) < entry.size
    }.map(\.path)
  }
}
