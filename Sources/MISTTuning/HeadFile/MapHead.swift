import MISTEdge
import MISTFormats

/// A head for segmentation, on feature maps: what `mist train` and `mist fold` write, and `eval`, `predict` and `export` read
/// (`Formats/head.md`, version 2).
public struct MapHead: Sendable {
  public static let currentVersion = "2"

  public let description: MapHeadDescription
  /// In the order of `ParameterTable`.
  public let parameters: [Float]

  public var shape: NetworkShape { description.shape }

  /// Throws the `head.` codes for a description that a reader would refuse.
  public init(description: MapHeadDescription, parameters: [Float]) throws {
    try description.check()
    let count = ParameterTable(description.shape).count
    guard parameters.count == count else {
      throw MISTError(.bug, "a head of \(count) parameters was given \(parameters.count)")
    }
    self.description = description
    self.parameters = parameters
  }

  /// Reads and checks the head at `path`. Throws the `head.` codes of `Formats/head.md` (`head.wrong-task` for a head for
  /// classification), the `safetensors.` codes, and those of `MappedFile`.
  public static func read(_ path: String) throws -> MapHead {
    do {
      return try read(SafetensorsArchive(path: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  static func read(_ archive: SafetensorsArchive) throws -> MapHead {
    let description = try MapHeadDescription(metadata: archive.metadata)
    return try MapHead(
      description: description,
      parameters: HeadTensor.read(HeadTensor.all(description.shape), from: archive))
  }

  /// Writes the head to `path`, whole or not at all. Throws `file.write-failed`.
  public func write(to path: String) throws {
    try HeadTensor.write(
      HeadTensor.all(shape), parameters, metadata: description.metadata(), to: path)
  }
}

/// A head of either task, as its file says.
public enum AnyHead: Sendable {
  case classification(Head)
  case maps(MapHead)

  /// Reads and checks the head at `path`. Throws the `head.` codes of `Formats/head.md`, the `safetensors.` codes, and
  /// those of `MappedFile`.
  public static func read(_ path: String) throws -> AnyHead {
    do {
      let archive = try SafetensorsArchive(path: path)
      return try HeadMetadata.version(archive.metadata) == MapHead.currentVersion
        ? .maps(MapHead.read(archive)) : .classification(Head.read(archive))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// A name per class, in the order of the logits.
  public var classes: [String] {
    switch self {
    case .classification(let head): head.description.classes
    case .maps(let head): head.description.classes
    }
  }

  /// The backbone whose features the head reads.
  public var model: HeadDescription.Model {
    switch self {
    case .classification(let head): head.description.model
    case .maps(let head): head.description.model
    }
  }

  /// Which of an image's features the head reads.
  public var feature: FeatureChoice {
    switch self {
    case .classification(let head): head.description.feature
    case .maps(let head): head.description.feature
    }
  }
}
