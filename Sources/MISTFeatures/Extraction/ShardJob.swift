import MISTFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One shard to be written, or found written.
struct ShardJob: Sendable {
  let schema: ShardSchema
  /// Which of the splits it belongs to.
  let splitNumber: Int
  let file: String
  let first: Int
  let listed: Int
  var skipped: [StoreManifest.SkippedFile] = []
  /// What was met while it was filled.
  var counts = SplitCounts()
  var isComplete = false
  /// Of its file, once it is complete.
  var sha256 = ""

  /// The shards of every split.
  static func all(in plan: StoreManifest) throws -> [ShardJob] {
    try plan.splits.indices.flatMap { try all(of: $0, in: plan) }
  }

  private static func all(of number: Int, in plan: StoreManifest) throws -> [ShardJob] {
    let split = plan.splits[number]
    let schema = try ShardSchema(plan, split)
    let size = plan.filesPerShard
    let count = (split.files.count + size - 1) / size
    return (0..<count).map { index in
      ShardJob(
        schema: schema, splitNumber: number,
        file: StoreManifest.shardFile(split: split.name, index: index, of: count),
        first: index * size, listed: min(size, split.files.count - index * size))
    }
  }

  /// The schema where `plan` is the same but for the model's hash.
  func schema(in plan: StoreManifest) throws -> ShardSchema {
    try ShardSchema(plan, plan.splits[splitNumber])
  }

  /// The number of the image, in its split, of which `slot` is a view.
  func sample(of slot: Int) -> Int { (first + slot) / schema.manifest.repeats(of: schema.split) }

  /// Whether `folder` holds this shard with the content that had `hash` when it was finished, whole and of the same plan. A file
  /// that is not goes, and will be written anew.
  mutating func findComplete(in folder: String, hash: String?) throws -> Bool {
    let path = folder + "/" + file
    do {
      if let hash, try ContentHash.of(file: path) == hash, try read(path) {
        (isComplete, sha256) = (true, hash)
        return true
      }
    } catch let error as MISTError where error.code.exit != .io {
      guard FileStatus.exists(path) else { return false }
    }
    guard unlink(path) == 0 || errno == ENOENT else {
      let reason = systemMessage()
      throw MISTError(.fileWriteFailed, file: path, "cannot be made again: \(reason)")
    }
    return false
  }

  /// Takes over what the shard says was met while it was filled; false for one of another plan.
  private mutating func read(_ path: String) throws -> Bool {
    let archive = try SafetensorsArchive(path: path)
    guard let list = SkippedList.parse(archive.metadata[SkippedList.key]),
      list.allSatisfy({
        (first..<first + listed).contains($0.index) && schema.split.files[$0.index] == $0.file
      }), zip(list, list.dropFirst()).allSatisfy({ $0.index < $1.index }),
      (try? schema.open(path, first: first, listed: listed, skipped: Set(list.map(\.index)))) != nil,
      let counts = SplitCounts(archive.metadata)
    else { return false }
    self.counts = counts
    skipped = list
    return true
  }
}
