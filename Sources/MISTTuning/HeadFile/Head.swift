import MISTEdge
import MISTFormats

/// A trained head for classification: what `mist train` writes, and `eval` and `export` read (`Formats/head.md`, version 1).
public struct Head: Sendable {
  public static let formatName = "mist-head"
  public static let currentVersion = "1"

  public let description: HeadDescription
  /// In the order of `ParameterTable`.
  public let parameters: [Float]

  public var shape: NetworkShape { description.shape }

  /// Throws the `head.` codes for a description that a reader would refuse.
  public init(description: HeadDescription, parameters: [Float]) throws {
    try description.check()
    let count = ParameterTable(description.shape).count
    guard parameters.count == count else {
      throw MISTError(.bug, "a head of \(count) parameters was given \(parameters.count)")
    }
    self.description = description
    self.parameters = parameters
  }

  /// Whether a file with this metadata says that it is a head, of whatever task.
  public static func isHead(_ metadata: [String: String]) -> Bool { metadata["format"] == formatName }

  /// Reads and checks the head at `path`. Throws the `head.` codes of `Formats/head.md` (`head.wrong-task` for a head on
  /// maps), the `safetensors.` codes, and those of `MappedFile`.
  public static func read(_ path: String) throws -> Head {
    do {
      return try read(SafetensorsArchive(path: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  static func read(_ archive: SafetensorsArchive) throws -> Head {
    let description = try HeadDescription(metadata: archive.metadata)
    return try Head(
      description: description,
      parameters: HeadTensor.read(HeadTensor.all(description.shape), from: archive))
  }

  /// Writes the head to `path`, whole or not at all. Throws `file.write-failed`.
  public func write(to path: String) throws {
    try HeadTensor.write(
      HeadTensor.all(shape), parameters, metadata: description.metadata(), to: path)
  }
}
