import Foundation
import MISTFormats

/// The metadata that every head file has, whatever its version: format, version, and one JSON description.
enum HeadMetadata {
  /// The metadata of a file of this version. Throws what encoding throws.
  static func make(_ description: some Encodable, version: String) throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(description), as: UTF8.self)
    return ["format": Head.formatName, "version": version, "head": json]
  }

  /// The version of a head file. Throws `head.wrong-format`, and `head.unsupported-version` for one that nothing here reads.
  static func version(_ metadata: [String: String]) throws -> String {
    guard Head.isHead(metadata) else {
      throw MISTError(
        .headWrongFormat, at: "metadata", "this is not a head: format '\(Head.formatName)' is expected",
        advice: "name a file that mist train wrote")
    }
    let version = metadata["version"] ?? "none"
    guard [Head.currentVersion, MapHead.currentVersion].contains(version) else {
      throw MISTError(
        .headUnsupportedVersion, at: "metadata",
        "versions \(Head.currentVersion) and \(MapHead.currentVersion) are read, found \(version.prefix(20))",
        advice: "use the mist that wrote it")
    }
    return version
  }

  /// The description in a file of version `expected`. Throws the `head.` codes.
  static func description<D: Decodable>(
    _ type: D.Type, _ metadata: [String: String], version expected: String
  )
    throws -> D
  {
    let version = try version(metadata)
    guard version == expected else {
      let kinds = [Head.currentVersion: "classification", MapHead.currentVersion: "segmentation"]
      throw MISTError(
        .headWrongTask, at: "metadata",
        "a head for \(kinds[expected] ?? expected) is expected, and this is one for \(kinds[version] ?? version)"
      )
    }
    do {
      return try JSONDecoder().decode(type, from: Data((metadata["head"] ?? "").utf8))
    } catch {
      throw MISTError(.headInvalidDescription, at: "metadata 'head'", sentence(error))
    }
  }

  private static func sentence(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      let place = (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")
      return "the description has no '\(place)'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "'\(path(context))' has the wrong type"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "'\(path(context))' has a value that is not allowed"
    case is DecodingError: return "the description is not a JSON object"
    default: return "the description is refused: \(error)"
    }
  }
}
