/// A checkpoint split over several files, as Hugging Face's libraries save large models (`Formats/sharded-checkpoint.md`).
/// The index decides: files that it does not name are not opened, and those that it names hold what it says.
package struct ShardedArchive: TensorArchive {
  /// How an index's name ends.
  package static let ending = ".index.json"

  /// The index.
  package let path: String
  package let format: String
  /// Of the first shard: each has the same.
  package let metadata: [String: String]
  /// By file, in the order of the files' names.
  package let tensors: [TensorInfo]

  private let shards: [any TensorArchive]
  private let places: [String: (shard: Int, info: TensorInfo)]

  /// Opens the index at `path` and every file that it names.
  /// Throws the errors of `MappedFile`, one of the `sharded.` codes, and what opening the files throws.
  package init(path: String) throws {
    self.path = path
    let index: ShardIndex
    do {
      index = try ShardIndex(path: path)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
    let parent = folder(of: path)
    var shards: [any TensorArchive] = []
    var places: [String: (shard: Int, info: TensorInfo)] = [:]
    for (file, names) in index.shards {
      let shard = try Self.open(file, in: parent, index: path)
      var listed = 0
      for info in shard.tensors {
        guard names.contains(info.name) else {
          throw MISTError(
            .shardedUnlistedTensor, file: shard.path, at: "tensor \(quoted(info.name))",
            "the index does not say that it is in this file",
            advice: "the index and its files may be of different versions, download them again")
        }
        places[info.name] = (shards.count, info)
        listed += 1
      }
      if listed < names.count, let missing = names.filter({ shard.info($0) == nil }).min() {
        throw MISTError(
          .shardedMissingTensor, file: path, at: "tensor \(quoted(missing))",
          "the index says that it is in \(quoted(file)), which does not have it",
          advice: "the index and its files may be of different versions, download them again")
      }
      shards.append(shard)
    }
    tensors = shards.flatMap(\.tensors)
    self.shards = shards
    self.places = places
    metadata = shards.first?.metadata ?? [:]
    format = "\(shards.first?.format ?? "safetensors") in \(shards.count) files"
    try checkSize(index.totalSize)
  }

  /// Tensors of a PyTorch file may share bytes, which the index counts once; those of other files do not.
  private func checkSize(_ said: Int?) throws {
    guard let said, shards.allSatisfy({ $0 is SafetensorsArchive }) else { return }
    // No overflow: each shard's tensors lie side by side in a file.
    let found = tensors.reduce(0) { $0 + $1.byteCount }
    guard said == found else {
      throw MISTError(
        .shardedSizeMismatch, file: path, at: "total_size",
        "the index says that all tensors have \(said) bytes, the files' have \(found)",
        advice: "the index and its files may be of different versions, download them again")
    }
  }

  private static func open(_ file: String, in parent: String, index: String) throws -> any TensorArchive {
    do {
      return try openArchive(parent + "/" + file)
    } catch let error as MISTError where error.code == .fileNotFound {
      throw MISTError(
        .shardedMissingShard, file: index, "it names the file \(quoted(file)), which is not beside it",
        advice: "download all files of the checkpoint")
    }
  }

  package func info(_ name: String) -> TensorInfo? { places[name]?.info }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let place = places[name] else { throw tensorNotFound(name) }
    return try shards[place.shard].withBytes(of: name, body)
  }

  package func release(_ name: String) {
    if let place = places[name] { shards[place.shard].release(name) }
  }
}
