import Foundation
import MISTFormats

/// Where a converted model came from: for people, never for decisions. Without dates and folders, so that the same
/// conversion gives the same bytes.
package struct Provenance: Codable, Hashable, Sendable {
  /// File or folder name of the source, without its path.
  package var source: String
  /// Name of the naming convention it was read by.
  package var convention: String
  /// Name and version of the tool that wrote the file.
  package var tool: String
  /// Rules of `--rename` that the source's names went through first; nil for none.
  package var renames: [String]?

  package init(source: String, convention: String, tool: String = "mist 0.1.0") {
    self.source = source
    self.convention = convention
    self.tool = tool
  }
}

/// The metadata of a canonical checkpoint (`Formats/canonical-checkpoint.md`).
package struct CanonicalMetadata: Sendable, Hashable {
  /// Format version that this code writes, and the only one it reads.
  package static let version = "1"
  package static let format = "checkpoint"

  package let configuration: ModelConfiguration
  package let preprocessing: Preprocessing
  package let provenance: Provenance
  /// Names of the decode head's or classifier's classes, in order, where they are known.
  package let classNames: [String]?

  package init(
    configuration: ModelConfiguration, preprocessing: Preprocessing, provenance: Provenance,
    classNames: [String]? = nil
  ) {
    self.classNames = classNames
    self.configuration = configuration
    self.preprocessing = preprocessing
    self.provenance = provenance
  }

  /// Whether metadata claims to be a canonical checkpoint's.
  package static func claims(_ metadata: [String: String]) -> Bool {
    metadata["mist.format"] == format || metadata["mist.configuration"] != nil
  }

  /// Parses the metadata of `file`. Throws the `checkpoint.` errors about metadata.
  package init(_ metadata: [String: String], file: String) throws {
    guard metadata["mist.format"] == Self.format else {
      let found = metadata["mist.format"].map { "mist.format is \(quoted($0))" } ?? "there is no mist.format"
      throw MISTError(
        .checkpointNotCanonical, file: file, at: "metadata", "\(found), so this is not a converted model",
        advice: "convert it first: mist convert \(file) -o model.safetensors")
    }
    guard let version = metadata["mist.version"] else { throw Self.missing("mist.version", file) }
    guard version == Self.version else {
      throw MISTError(
        .checkpointUnsupportedVersion, file: file, at: "mist.version",
        "expected version \(Self.version), found \(quoted(version))",
        advice: "convert the source again, or update mist")
    }
    guard let architecture = metadata["mist.architecture"] else {
      throw Self.missing("mist.architecture", file)
    }
    guard let known = Architecture.named(architecture) else {
      let known = Architecture.all.map(\.id).joined(separator: " or ")
      throw MISTError(
        .checkpointUnknownArchitecture, file: file, at: "mist.architecture",
        "expected \(known), found \(quoted(architecture))")
    }
    configuration = try Self.parse(metadata, "mist.configuration", .checkpointBadConfiguration, file) {
      try JSONInput.decode(
        ModelConfiguration.self, from: $0, configuration: known)
    }
    preprocessing = try Self.parse(metadata, "mist.preprocessing", .checkpointBadPreprocessing, file)
    provenance = try Self.parse(metadata, "mist.provenance", .checkpointBadProvenance, file)
    let classes = "mist.classes"
    classNames =
      metadata[classes] == nil ? nil : try Self.parse(metadata, classes, .checkpointBadClasses, file)
    if let flaw = Self.flaw(classNames, configuration) {
      throw MISTError(
        .checkpointBadClasses, file: file, at: classes, flaw, advice: "convert the source again")
    }
  }

  /// What is wrong about class names beside this configuration, or nil.
  static func flaw(_ classNames: [String]?, _ configuration: ModelConfiguration) -> String? {
    guard let classNames else { return nil }
    guard let classes = configuration.classes else {
      return "there is neither a decode head nor a classifier to have classes"
    }
    return classNames.count == classes
      ? nil : "it names \(classNames.count) classes, and the model has \(classes)"
  }

  /// The metadata as safetensors stores it.
  package func encoded() throws -> [String: String] {
    var metadata = [
      "mist.format": Self.format,
      "mist.version": Self.version,
      "mist.architecture": configuration.architecture.id,
      "mist.configuration": try Self.json(configuration),
      "mist.preprocessing": try Self.json(preprocessing),
      "mist.provenance": try Self.json(provenance),
    ]
    if let classNames { metadata["mist.classes"] = try Self.json(classNames) }
    return metadata
  }

  /// `value` as one line of JSON with sorted keys: the same value always gives the same bytes.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func parse<T: Decodable>(
    _ metadata: [String: String], _ key: String, _ code: ErrorCode, _ file: String
  ) throws -> T {
    try parse(metadata, key, code, file) { try JSONInput.decode(T.self, from: $0) }
  }

  private static func parse<T>(
    _ metadata: [String: String], _ key: String, _ code: ErrorCode, _ file: String,
    _ decode: (Data) throws -> T
  ) throws -> T {
    guard let text = metadata[key] else { throw missing(key, file) }
    do {
      return try decode(Data(text.utf8))
    } catch let error as DecodingError {
      throw MISTError(code, file: file, at: key, Self.explain(error), advice: "convert the source again")
    }
  }

  private static func missing(_ key: String, _ file: String) -> MISTError {
    MISTError(
      .checkpointMissingMetadata, file: file, at: key, "the metadata has no such key",
      advice: "convert the source again")
  }

  static func explain(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, _): return "there is no \(quoted(key.stringValue))"
    case .typeMismatch(let type, let context):
      return context.codingPath.isEmpty
        ? "it has another type" : "\(quoted(path(context))) is not of type \(type)"
    case .valueNotFound(_, let context): return "\(quoted(path(context))) is null"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "it is not JSON" : "\(quoted(path(context))) has a value that is not allowed"
    @unknown default: return "it cannot be decoded"
    }
  }
}
