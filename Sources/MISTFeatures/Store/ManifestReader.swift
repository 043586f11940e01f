import Foundation
import MISTFormats

extension StoreManifest {
  /// Reads and checks `manifest.json` of the store at `folder`: everything that can be said without its shards.
  /// Throws `file.not-found` when there is no such folder, `features.incomplete` when it has no manifest, and the
  /// `features.` codes of the rules in `Formats/feature-store.md`.
  package static func read(folder: String) throws -> StoreManifest {
    guard let status = try FileStatus(folder) else {
      throw MISTError(.fileNotFound, file: folder, "there is no such folder")
    }
    guard status.kind == .folder else {
      throw MISTError(
        .featuresIncomplete, file: folder, "a feature store is a folder, and this is a file",
        advice: "name the folder that mist extract wrote")
    }
    let path = folder + "/" + fileName
    guard FileStatus.exists(path) else {
      throw MISTError(
        .featuresIncomplete, file: folder, "the folder has no \(fileName)",
        advice: "run the same mist extract again to finish it, or name another folder")
    }
    do {
      return try StoreManifest(json: MappedFile.contents(of: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// Reads and checks the content of a `manifest.json`. Throws as `read(folder:)` does, without naming a file.
  package init(json bytes: [UInt8]) throws {
    self = try Self.decode(bytes)
    try check()
  }

  /// Decodes without checking values. The format and version come first, so that a newer store is not reported as
  /// damaged.
  static func decode(_ bytes: [UInt8]) throws -> StoreManifest {
    struct Header: Decodable {
      let format: String
      let version: Int
    }
    let data = Data(bytes)
    let header = try decode(Header.self, from: data)
    guard header.format == formatName else {
      throw MISTError(
        .featuresWrongFormat, at: "format",
        "'\(formatName)' is expected, found \(quoted(header.format))",
        advice: "name a folder that mist extract wrote")
    }
    guard (1...currentVersion).contains(header.version) else {
      throw MISTError(
        .featuresUnsupportedVersion, at: "version",
        "versions 1 to \(currentVersion) are read, found \(header.version)",
        advice: "use the mist that wrote it, or extract again")
    }
    return try decode(StoreManifest.self, from: data)
  }

  static func decode<Value: Decodable>(_: Value.Type, from data: Data) throws -> Value {
    do {
      return try JSONInput.decode(Value.self, from: data)
    } catch let error as DecodingError {
      let (context, problem): (DecodingError.Context?, String) =
        switch error {
        case .keyNotFound(let key, let context): (context, "'\(key.stringValue)' is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
          (context, "a value has the wrong type")
        case .dataCorrupted(let context):
          (
            context,
            context.codingPath.isEmpty ? "it is not valid JSON" : "a value is not one of those allowed"
          )
        @unknown default: (nil, "it cannot be read")
        }
      let place = context?.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(
        separator: ".")
      throw MISTError(
        .featuresManifestInvalid, at: place.flatMap { $0.isEmpty ? nil : $0 }, problem,
        advice: "extract again")
    }
  }
}
