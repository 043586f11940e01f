import MISTFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The hashes of an unfinished store's shards, a line each as `sha256sum` has it, written once the shard is on disk: what a power
/// cut does to a shard later is seen by its hash. A shard without a line is made again.
struct ShardJournal: Sendable {
  static let name = "plan.sha256"

  private let path: String

  init(folder: String) { path = folder + "/" + Self.name }

  /// The hash of every shard that was finished, by its file. Lines that are not whole are passed over; the last of a file counts.
  /// Throws `file.unreadable`.
  func hashes() throws -> [String: String] {
    guard FileStatus.exists(path) else { return [:] }
    var hashes: [String: String] = [:]
    for line in try MappedFile.contents(of: path).split(separator: 0x0A) {
      guard line.count > 66, line.dropFirst(64).starts(with: [0x20, 0x20]) else { continue }
      hashes[String(decoding: line.dropFirst(66), as: UTF8.self)] = String(
        decoding: line.prefix(64), as: UTF8.self)
    }
    return hashes
  }

  /// Any number of threads may add. Throws `file.write-failed`.
  func add(_ file: String, hash: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    // A line that a kill cut short ends here.
    let line = Array("\n\(hash)  \(file)\n".utf8)
    guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else { throw failure() }
  }

  /// Throws `file.write-failed`.
  func remove() throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure() }
  }

  private func failure() -> MISTError {
    let reason = systemMessage()
    return MISTError(.fileWriteFailed, file: path, "cannot be written: \(reason)")
  }
}
