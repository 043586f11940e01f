import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension ErrorCode {
  /// The command reads what it would write over, or would write it twice.
  package static let fileOverwritesInput = ErrorCode("file.overwrites-input", exit: .usage)
}

/// Every file that a command has opened to read, so that it writes over none of them: a file is known by its device and inode,
/// whatever it is called. Opening notes it and `AtomicFile` asks. Only commands do so: a process that lives on may write
/// today what it read yesterday.
package enum InputFiles {
  private static let files = Mutex<[FileIdentity: String]?>(nil)

  /// Begins to note what is read. For the main function of a command.
  package static func begin() { files.withLock { $0 = $0 ?? [:] } }

  /// Whether this process is a command, which notes what it reads.
  static var areNoted: Bool { files.withLock { $0 != nil } }

  /// Notes files that will be read later; those that cannot be examined are left to their reader.
  package static func note(_ paths: [FilePath]) {
    for path in paths {
      var status = stat()
      if path.withCString({ stat($0, &status) }) == 0 { note(status, path.text) }
    }
  }

  static func note(_ status: stat, _ path: String) {
    files.withLock { $0?[FileIdentity(status)] = path }
  }

  /// Throws `file.overwrites-input` where `output` is a file that is read.
  package static func check(_ output: String) throws {
    var status = stat()
    guard stat(output, &status) == 0 else { return }
    try check(FileIdentity(status), output)
  }

  /// Throws `file.overwrites-input` where one of the files in `folder` is read.
  static func check(_ folder: FolderEntries, _ path: String) throws {
    for entry in folder.entries {
      guard let status = entry.status else { continue }
      try check(status.identity, FilePath(path).appending(entry.name).text)
    }
  }

  private static func check(_ identity: FileIdentity, _ output: String) throws {
    guard let input = files.withLock({ $0?[identity] }) else { return }
    throw MISTError(
      .fileOverwritesInput, file: output,
      "the command reads this file\(input == output ? "" : " as '\(input)'"), and would write over it",
      advice: "choose another name for the output")
  }

  /// Throws `file.overwrites-input` where two of the `outputs` are one file.
  package static func checkDistinct(_ outputs: [String]) throws {
    for (number, output) in outputs.enumerated() {
      for other in outputs[..<number] where isSame(output, other) {
        throw MISTError(
          .fileOverwritesInput, file: output, "the command would write this file twice",
          advice: "choose another name for one of its outputs")
      }
    }
  }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    func identity(_ path: String) -> FileIdentity? {
      var status = stat()
      return stat(path, &status) == 0 ? FileIdentity(status) : nil
    }
    if let a = identity(a), let b = identity(b) { return a == b }
    return lastComponent(of: a) == lastComponent(of: b)
      && identity(folder(of: a)).map { $0 == identity(folder(of: b)) } ?? (a == b)
  }
}
