import MISTFormats

/// The file with the model's last block and final norm, from which Partial-1 starts, as the manifest names it.
package struct LastBlock: Codable, Hashable, Sendable {
  package static let fileName = "last-block.safetensors"
  /// `mist.format` in its metadata.
  package static let formatName = "last-block"

  package var file: String
  package var bytes: Int
  /// Lower-case hex SHA-256 of the file.
  package var sha256: String

  /// The file as it lies in `folder`. Throws `file.not-found` and what reading throws.
  init(in folder: String) throws {
    let path = folder + "/" + Self.fileName
    guard let status = try FileStatus(path) else {
      throw MISTError(.fileNotFound, file: path, "it was written, and has gone since")
    }
    (file, bytes, sha256) = (Self.fileName, status.size, try ContentHash.of(file: path))
  }
}

extension StoreManifest {
  /// Whether the model's last block belongs to the store: where the map is stored that enters it.
  var hasLastBlock: Bool { blocks.contains(model.configuration.depth - 1) }

  /// Throws `features.last-block-invalid` where the manifest names it and should not, or the other way round.
  func checkLastBlock() throws {
    guard lastBlock.map(\.file) == (hasLastBlock ? LastBlock.fileName : nil) else {
      throw MISTError(
        .featuresLastBlockInvalid, at: "lastBlock",
        hasLastBlock
          ? "'\(LastBlock.fileName)' is expected, since F\(model.configuration.depth - 1) is stored, found "
            + (lastBlock.map { quoted($0.file) } ?? "nothing")
          : "none is expected, since F\(model.configuration.depth - 1) is not stored")
    }
  }
}

extension FeatureStore {
  /// The model's last block and final norm under their canonical names, f32, compared with the manifest's SHA-256.
  /// Throws `features.no-last-block` where the store has none, `features.hash-mismatch`, and the `safetensors.` codes.
  package func lastBlock() throws -> SafetensorsArchive {
    guard let named = manifest.lastBlock else {
      throw MISTError(
        .featuresNoLastBlock, file: path, "the store does not hold the model's last block",
        advice: "extract with --store blocks")
    }
    let file = path + "/" + named.file
    try Self.checkHash(of: file, expected: named.sha256)
    return try SafetensorsArchive(path: file)
  }
}
