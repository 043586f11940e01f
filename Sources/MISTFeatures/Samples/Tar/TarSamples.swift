import Foundation
import MISTFormats
import MISTModels
import MISTVision

/// Samples in tar files, as webdataset lays them out, read in place: `KEY.jpg` (or `jpeg`, `png`) with `KEY.cls`, `KEY.json` or
/// `KEY.txt` for its class, or `KEY.seg.png` for its mask.
package struct TarSamples: SampleSource, SampleSourceKind {
  package let task: FeatureTask
  package let path: String
  package let classes: [String]
  package let splits: [SampleSplit]
  package let notes: [String]

  private struct Shards {
    let shards: [TarShard]
    /// The shard of each sample, and its place there.
    let places: [(shard: Int, sample: Int)]
  }
  /// Per split.
  private let parts: [Shards]

  static func accepts(_ request: SampleRequest) -> Bool {
    !request.splits.isEmpty || request.paths.contains { $0.lowercased().hasSuffix(".tar") }
  }

  /// Lists every shard, and reads every label. Throws `usage`, what `TarArchive` throws, and the `samples.` codes.
  static func open(_ request: SampleRequest) throws -> TarSamples { try TarSamples(request) }

  private init(_ request: SampleRequest) throws {
    let named = try Self.patterns(request)
    let listed = try named.map { name, paths in (name: name, shards: try paths.map { try TarShard(path: $0) })
    }
    let shards = listed.flatMap(\.shards)
    path = named.first?.paths.first ?? ""
    let samples = shards.lazy.flatMap(\.samples)
    guard !samples.isEmpty else {
      throw MISTError(
        .imagesNone, file: path, "there are no images in \(shards.count == 1 ? "it" : "the shards")",
        advice: "members end in \(ImageExtension.list)")
    }
    let task = request.task ?? (samples.contains { $0.mask != nil } ? .segmentation : .classification)
    var splits = try listed.map { name, shards in
      let names = try Self.names(shards.map(\.path))
      let pairs = zip(names, shards).flatMap { name, shard in shard.samples.map { (name, $0) } }
      return SampleSplit(
        name: name, files: pairs.map { $0 + "/" + $1.image.name }, sizes: pairs.map { $1.image.range.count })
    }
    switch task {
    case .classification:
      let labels = try WrittenLabels(
        listed.map { try $0.shards.flatMap(Self.labels) }, list: request.classes)
      classes = labels.classes
      for number in splits.indices { splits[number].labels = labels.labels[number] }
    case .segmentation:
      classes = try ClassList.read(request.classes, folder: (path as NSString).deletingLastPathComponent)
      for (number, (_, shards)) in listed.enumerated() {
        let names = try Self.names(shards.map(\.path))
        let masks = try zip(names, shards).flatMap { name, shard in
          try shard.samples.map { (name, try Self.mask($0, of: shard)) }
        }
        splits[number].masks = masks.map { $0 + "/" + $1.name }
        splits[number].maskSizes = masks.map { $1.range.count }
      }
    }
    self.task = task
    self.splits = splits
    parts = listed.map { _, shards in
      Shards(
        shards: shards,
        places: shards.enumerated().flatMap { number, shard in
          shard.samples.indices.map { (number, $0) }
        })
    }
    notes = Self.notes(shards)
  }

  package func image(_ sample: Int, of split: Int) throws -> [UInt8] {
    let (shard, sample) = find(sample, split)
    return try Self.bytes(sample.image, of: shard)
  }

  package func mask(_ sample: Int, of split: Int) throws -> [UInt8] {
    let (shard, sample) = find(sample, split)
    return try Self.bytes(Self.mask(sample, of: shard), of: shard)
  }

  private func find(_ sample: Int, _ split: Int) -> (TarShard, TarShard.Sample) {
    let place = parts[split].places[sample]
    let shard = parts[split].shards[place.shard]
    return (shard, shard.samples[place.sample])
  }

  private static func bytes(_ member: TarArchive.Member, of shard: TarShard) throws -> [UInt8] {
    try ImageDecoder.check(fileBytes: member.range.count)
    do {
      let file = try FileBytes(path: shard.path)
      guard file.count == shard.count else {
        throw MISTError(.fileUnreadable, "it had \(shard.count) bytes, and has \(file.count)")
      }
      return try file.read(member.range)
    } catch let error as MISTError {
      throw MISTError(
        .samplesShardChanged, file: shard.path,
        "it is not as it was when the extraction began: \(error.problem)", advice: "put it back, and go on")
    }
  }

  private static func labels(_ shard: TarShard) throws -> [WrittenLabel] {
    let file = try FileBytes(path: shard.path)
    return try shard.samples.map { sample in
      guard let (form, member) = sample.label else {
        throw MISTError(
          .samplesNoLabel, file: shard.path, at: "member '\(sample.image.name)'",
          "its sample has neither .cls, .json nor .txt", advice: "add one, or leave the image out")
      }
      return try shard.label(member, form, in: file)
    }
  }

  private static func mask(_ sample: TarShard.Sample, of shard: TarShard) throws -> TarArchive.Member {
    guard let mask = sample.mask else {
      throw MISTError(
        .masksMissing, file: shard.path, at: "member '\(sample.image.name)'",
        "its sample has no mask .seg.png", advice: "add it, or leave the image out")
    }
    return mask
  }

  /// The shards of every split, in the splits' order.
  private static func patterns(_ request: SampleRequest) throws -> [(name: String, paths: [String])] {
    guard request.splits.isEmpty || request.paths.isEmpty else {
      throw MISTError(
        .usage, "'\(request.paths[0])' is of no split, and --split names those of others",
        advice: "give it with --split too")
    }
    var paths: [String: [String]] = [:]
    for path in request.paths { paths["train", default: []] += try BraceExpansion.expand(path) }
    for (name, shards) in request.splits {
      guard let split = SplitFolder.split(name) else {
        throw MISTError(.usage, "there is no split \(quoted(name))", advice: "name train, val or test")
      }
      paths[split, default: []] += try BraceExpansion.expand(shards)
    }
    return paths.sorted { SampleSplit.order($0.key) < SampleSplit.order($1.key) }.map { ($0.key, $0.value) }
  }

  /// What the shards are called in manifests: relative to the deepest folder that has them all.
  static func names(_ paths: [String]) throws -> [String] {
    let parts = paths.map { $0.split(separator: "/") }
    guard let first = parts.first else { return [] }
    let shortest = parts.map(\.count).min() ?? 1
    var common = 0
    while common < shortest - 1, parts.allSatisfy({ $0[common] == first[common] }) { common += 1 }
    let names = parts.map { $0.dropFirst(common).joined(separator: "/") }
    var seen: Set<String> = []
    for (name, path) in zip(names, paths) where !seen.insert(name).inserted {
      throw MISTError(.samplesSameShard, file: path, "it is there twice in one split", advice: "name it once")
    }
    return names
  }

  private static func notes(_ shards: [TarShard]) -> [String] {
    let (ignored, without) = shards.reduce((0, 0)) { ($0.0 + $1.ignored, $0.1 + $1.withoutImage) }
    return [
      (ignored, "members that are neither image, label nor mask"), (without, "samples without an image"),
    ]
    .filter { $0.0 > 0 }.map { "left out \($0) \($1)" }
  }
}
