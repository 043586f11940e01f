import MISTFormats

/// A feature store opened for reading (`Formats/feature-store.md`): shards are mapped, and features are decoded to f32
/// when they are asked for. Any number of threads may read.
package final class FeatureStore: Sendable {
  package let path: String
  package let manifest: StoreManifest
  /// The splits in the manifest's order.
  package let splits: [FeatureSplit]

  /// Opens the store at `path` and checks the manifest, and every shard's header, indices, and labels or views against it;
  /// feature values and masks are not touched (`verify` does).
  /// Throws the `features.` codes of `Formats/feature-store.md`, `safetensors.` codes for broken shards.
  package init(path: String) throws {
    self.path = path
    let manifest = try StoreManifest.read(folder: path)
    self.manifest = manifest
    if let block = manifest.lastBlock {
      try Self.checkSize(of: path + "/" + block.file, expected: block.bytes)
    }
    let resident = ResidentPages()
    splits = try manifest.splits.map { split in
      let schema = try ShardSchema(manifest, split)
      var skipped = split.skipped[...]
      let shards = try split.shards.map { shard in
        let here = skipped.prefix { $0.index < shard.first + shard.listed }
        skipped = skipped.dropFirst(here.count)
        let file = path + "/" + shard.file
        try Self.checkSize(of: file, expected: shard.bytes)
        return try schema.open(
          file, first: shard.first, listed: shard.listed, skipped: Set(here.map(\.index)))
      }
      return FeatureSplit(manifest: manifest, split: split, shards: shards, resident: resident)
    }
  }

  /// Whether the folder at `path` holds a finished feature store's manifest.
  package static func exists(at path: String) -> Bool {
    FileStatus.exists(path + "/" + StoreManifest.fileName)
  }

  /// The split called `name`. Throws `features.no-such-split`, naming those there are.
  package func split(_ name: String) throws -> FeatureSplit {
    guard let split = splits.first(where: { $0.name == name }) else {
      throw MISTError(
        .featuresNoSuchSplit, file: path, "there is no split \(quoted(name))",
        advice: "the store has \(manifest.splitNames.joined(separator: ", "))")
    }
    return split
  }

  /// Reads every shard whole, compares its SHA-256 with the manifest, and looks at every feature and mask. Throws
  /// `features.hash-mismatch`, `features.not-finite`, `features.bad-scale`, `features.mask-value`.
  package func verify(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws {
    let shards = manifest.splits.flatMap(\.shards)
    for (done, shard) in shards.enumerated() {
      let file = path + "/" + shard.file
      try Self.checkHash(of: file, expected: shard.sha256)
      progress(done + 1, shards.count)
    }
    if manifest.lastBlock != nil { _ = try lastBlock() }
    for split in splits {
      for tensor in manifest.tensors { try split.features(tensor.key).verify() }
      try manifest.task.target.verify(split)
    }
  }

  /// Bytes of all shards and the manifest.
  package var byteCount: Int {
    let own = (try? MappedFile(path: path + "/" + StoreManifest.fileName).bytes.count) ?? 0
    return own + manifest.splits.flatMap(\.shards).reduce(0) { $0 + $1.bytes }
      + (manifest.lastBlock?.bytes ?? 0)
  }

  /// Throws `features.hash-mismatch`.
  static func checkHash(of file: String, expected: String) throws {
    let hash = try ContentHash.of(file: file)
    guard hash == expected else {
      throw MISTError(
        .featuresHashMismatch, file: file, "SHA-256 \(expected.prefix(70)) is expected, found \(hash)",
        advice: "the file was damaged or replaced; delete the folder and extract again")
    }
  }

  private static func checkSize(of file: String, expected: Int) throws {
    guard let size = try FileStatus(file)?.size else {
      throw MISTError(
        .featuresShardMissing, file: file, "the manifest names this file, and it is not there",
        advice: "copy the whole folder, or extract again")
    }
    guard size == expected else {
      throw MISTError(
        .featuresShardSizeMismatch, file: file, "\(expected) bytes are expected, found \(size)",
        advice: "copy the shard again, or extract again")
    }
  }
}
