import MISTFormats

/// A file with a head, told by what it holds.
package enum HeadFile: Sendable {
  /// What `mist train` wrote.
  case head(String)
  /// What `mist export` wrote, for devices.
  case bundle(String)

  /// What every bundle begins with.
  package static let bundleMagic = Array("MISTEDGE".utf8)

  /// The kind of the file at `path`. Throws `file.not-found`, `file.unreadable`.
  package init(_ path: String) throws {
    do {
      let file = try FileBytes(path: path)
      let start = try file.read(0..<min(file.count, Self.bundleMagic.count))
      self = start == Self.bundleMagic ? .bundle(path) : .head(path)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  package var path: String {
    switch self {
    case .head(let path), .bundle(let path): path
    }
  }
}
