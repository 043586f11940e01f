#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folders that are made.
package enum Folders {
  /// Makes the folder `path` and those above it, where they are not there. Throws `file.write-failed`.
  package static func make(_ path: String) throws {
    guard mkdir(path, 0o777) != 0 else { return }
    if errno == ENOENT {
      let above = folder(of: path)
      if above != path, above != "." {
        try make(above)
        if mkdir(path, 0o777) == 0 { return }
      }
    }
    let reason = errno == EEXIST ? "it is a file" : systemMessage()
    guard !isFolder(path) else { return }
    throw MISTError(
      .fileWriteFailed, file: path, "it is no folder and cannot be made one: \(reason)",
      advice: "choose another folder")
  }

  /// Removes the folder `path` with the files in it; folders in it are left, and then `path` is.
  static func remove(_ path: FilePath) {
    guard let entries = try? FolderEntries(path) else { return }
    for name in entries.names { _ = path.appending(name).withCString { unlink($0) } }
    _ = path.withCString { rmdir($0) }
  }
}
