import CRename

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension ErrorCode {
  /// A folder to be replaced holds what the command does not write.
  package static let fileFolderNotEmpty = ErrorCode("file.folder-not-empty", exit: .usage)
}

/// A folder being written that appears under its name complete or not at all, with the files that it should have and no others: they
/// are made in a hidden folder beside it, and `commit()` puts that in its place. Whatever ends before leaves an older
/// folder as it was.
package final class AtomicFolder {
  /// The path under which the folder appears.
  package let path: String
  /// Where its files are to be made.
  package let temporaryPath: String

  /// `path`, behind links.
  private let target: String
  private let names: Set<String>
  private var descriptor: Int32

  /// Starts a folder of files called `names`. Throws `file.write-failed`, `file.overwrites-input`, and `file.folder-not-empty` where an
  /// older folder holds others.
  package init(path: String, names: [String]) throws {
    self.path = path
    self.names = Set(names)
    target = resolvedPath(path) ?? (path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
    try Self.check(path, self.names)
    let parent = folder(of: target)
    if parent != "." { try Folders.make(parent) }
    Temporaries.removeLeftovers(of: target)
    var attempt = 0
    while true {
      let candidate = Temporaries.path(for: target, attempt: attempt)
      // Before it exists: a signal in between would leave it.
      FileObserver.current?.created(candidate)
      if mkdir(candidate, 0o777) == 0 {
        descriptor = open(candidate, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0, Temporaries.lock(descriptor, candidate) {
          temporaryPath = candidate
          for file in files { FileObserver.current?.created(file) }
          return
        }
        if descriptor >= 0 { close(descriptor) }
        rmdir(candidate)
      } else if errno != EEXIST {
        attempt = .max - 1
      }
      FileObserver.current?.settled(candidate)
      attempt += 1
      guard attempt < 10_000 else {
        throw MISTError(
          .fileWriteFailed, file: path, "cannot be made in folder \(parent): \(systemMessage())")
      }
    }
  }

  deinit { abort() }

  /// The error with the path that a file will have in place of the one that it is made under.
  package func named(_ error: MISTError) -> MISTError {
    guard let file = error.file, file.hasPrefix(temporaryPath) else { return error }
    return MISTError(
      error.code, file: path + file.dropFirst(temporaryPath.count), at: error.place, error.problem,
      advice: error.advice)
  }

  /// Puts the folder in place. Throws as `init` does, after which it is abandoned.
  package func commit() throws {
    guard descriptor >= 0 else { throw MISTError(.bug, file: path, "was committed or abandoned before") }
    defer { abort() }
    try Self.check(path, names)
    try MappedLengths.check()
    guard fsync(descriptor) == 0 else { throw failure("cannot be forced to disk") }
    // Takes the place of nothing, and of an empty folder.
    if rename(temporaryPath, target) != 0 {
      guard errno == ENOTEMPTY || errno == EEXIST else { throw failure("cannot be put in place") }
      guard mist_rename_exchange(temporaryPath, target) == 0 else {
        throw failure("cannot take the older folder's place", advice: "remove that, or choose another name")
      }
    }
    syncFolder(of: target)
  }

  /// Removes what was written, or after `commit()` what was replaced.
  package func abort() {
    guard descriptor >= 0 else { return }
    Folders.remove(FilePath(temporaryPath))
    close(descriptor)
    descriptor = -1
    for file in files + [temporaryPath] { FileObserver.current?.settled(file) }
  }

  /// Its files, or after `commit()` those of the older folder.
  private var files: [String] { names.map { temporaryPath + "/" + $0 } }

  private func failure(_ what: String, advice: String? = nil) -> MISTError {
    MISTError(.fileWriteFailed, file: path, "\(what): \(systemMessage())", advice: advice)
  }

  /// What is at `path` may be replaced: nothing, or a folder with no files but some called `names`, none of which is read.
  private static func check(_ path: String, _ names: Set<String>) throws {
    guard let status = try FileStatus(path) else { return }
    guard status.kind == .folder else {
      throw MISTError(
        .fileWriteFailed, file: path, "it is no folder and cannot be made one",
        advice: "choose another name for -o")
    }
    guard try FileStatus(".")?.identity != status.identity else {
      throw MISTError(
        .fileWriteFailed, file: path, "the folder that the command runs in cannot be replaced",
        advice: "choose another name for -o")
    }
    let old = try FolderEntries(path)
    try InputFiles.check(old, path)
    for entry in old.entries
    where !names.contains(Temporaries.output(of: entry.name) ?? entry.name) || entry.status?.kind == .folder {
      throw MISTError(
        .fileFolderNotEmpty, file: path, "the folder holds other things, such as '\(entry.name)'",
        advice: "choose a new or empty folder, or remove what is in it")
    }
  }
}
