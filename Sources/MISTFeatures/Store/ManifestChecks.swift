import MISTEdge
import MISTFormats

extension StoreManifest {
  /// No real model comes near: a bound that keeps products of sizes from overflowing.
  static let largestDimension = 1 << 24
  package static let largestViewCount = 1 << 16

  /// Checks every rule about values. `shards`: false for a plan, which has none yet.
  func check(shards: Bool = true) throws {
    try checkModel()
    try checkLayout()
    try task.target.check(self)
    var names: Set<String> = []
    for split in splits {
      guard names.insert(split.name).inserted, Self.isPlainName(split.name) else {
        throw MISTError(
          .featuresSplitsInvalid, at: "splits",
          "split names must be distinct and of letters, digits, '-' and '_', found \(quoted(split.name))"
        )
      }
      try check(split, shards: shards)
    }
    if shards { try checkLastBlock() }
  }

  private func checkModel() throws {
    guard ContentHash.isHash(model.hash) else {
      throw MISTError(
        .featuresModelHashInvalid, at: "model.hash",
        "64 lower-case hexadecimal digits are expected, found "
          + "\(quoted(model.hash))")
    }
    let hasOthers = !blocks.isEmpty || layerTokens != nil
    guard !gather.isEmpty || hasOthers, gather.allSatisfy({ (1...Self.largestDimension).contains($0) }),
      zip(gather, gather.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw MISTError(
        .featuresGatherInvalid, at: "gather",
        "ascending depths from 1 are expected, found \(gather.prefix(20))")
    }
    try checkBlocks()
    try checkCalibration()
    try Self.check([("filesPerShard", filesPerShard)])
    var seen: Set<String> = []
    let twice = classes.first { !seen.insert($0).inserted }
    guard !classes.isEmpty, !classes.contains(""), twice == nil else {
      throw MISTError(
        .featuresClassesInvalid, at: "classes",
        "distinct, non-empty class names are expected"
          + (twice.map { ", and \(quoted($0)) is there twice, perhaps with its letters composed in two ways" }
            ?? ""),
        advice: twice.map { _ in "name every class once" })
    }
    guard !splits.isEmpty else {
      throw MISTError(.featuresSplitsInvalid, at: "splits", "at least one split is expected, found none")
    }
  }

  private func checkBlocks() throws {
    guard blocks.isEmpty || Self.areDepths(blocks) && !task.target.isDense else {
      throw MISTError(
        .featuresBlocksInvalid, at: "blocks",
        "ascending depths from 0 of a classification store are expected, found \(blocks.prefix(20))")
    }
    try layerTokens?.check()
    guard layerTokens == nil || !task.target.isDense else {
      throw MISTError(
        .featuresLayersInvalid, at: "layerTokens", "a segmentation store has none, found some")
    }
  }

  private func check(_ split: Split, shards: Bool) throws {
    let place = "split \(split.name)"
    try task.target.check(split, of: self, at: place)
    var previous = -1
    for skipped in split.skipped {
      guard skipped.index > previous, split.files.indices.contains(skipped.index),
        split.files[skipped.index] == skipped.file
      else {
        throw MISTError(
          .featuresSkippedInvalid, at: "\(place), skipped file \(quoted(skipped.file))",
          "skipped files must be listed files in ascending order, found index \(skipped.index)")
      }
      previous = skipped.index
    }
    for (name, count) in [("oriented", split.counts.oriented), ("unlabelled", split.counts.unlabelled)]
    where !(0...split.count).contains(count) {
      throw MISTError(
        .featuresCountsInvalid, at: "\(place), \(name)", "0…\(split.count) is expected, found \(count)")
    }
    if shards { try checkShards(of: split, place) }
  }

  private static func check(_ sizes: [(name: String, value: Int)]) throws {
    for (name, value) in sizes where !(1...largestDimension).contains(value) {
      throw MISTError(
        .featuresShapeInvalid, at: name, "1…\(largestDimension) is expected, found \(value)")
    }
  }

  private func checkLayout() throws {
    guard case .maps(let levels) = layout else {
      return try Self.check([("tokens", tokens), ("channels", channels)])
    }
    guard !levels.isEmpty, zip(levels, levels.dropFirst()).allSatisfy({ $0.level < $1.level }) else {
      throw MISTError(
        .featuresLevelsInvalid, at: "levels",
        "levels of ascending numbers are expected, found \(levels.prefix(20).map(\.level))")
    }
    for level in levels {
      let side = MapSize.largestSide
      let bounds = [
        ("level", level.level, side), ("channels", level.channels, Self.largestDimension),
        ("height", level.height, side), ("width", level.width, side), ("reduction", level.reduction, side),
      ]
      for (name, value, bound) in bounds where !(1...bound).contains(value) {
        throw MISTError(
          .featuresLevelsInvalid, at: "levels, level \(level.level)",
          "\(name) must be within 1…\(bound), found \(value)")
      }
    }
  }

  private func checkShards(of split: Split, _ place: String) throws {
    let expected = (split.files.count + filesPerShard - 1) / filesPerShard
    guard split.shards.count == expected else {
      throw MISTError(
        .featuresShardRange, at: place,
        "\(expected) shards are expected for \(split.files.count) files, \(filesPerShard) each, found \(split.shards.count)"
      )
    }
    for (index, shard) in split.shards.enumerated() {
      let name = Self.shardFile(split: split.name, index: index, of: expected)
      guard shard.file == name else {
        throw MISTError(
          .featuresShardName, at: place, "shard \(index) must be '\(name)', found \(quoted(shard.file))"
        )
      }
      let first = index * filesPerShard
      let listed = min(filesPerShard, split.files.count - first)
      guard shard.first == first, shard.listed == listed else {
        throw MISTError(
          .featuresShardRange, at: "\(place), \(name)",
          "files \(first)..<\(first + listed) are expected, found \(listed == shard.listed ? "" : "\(shard.listed) ")"
            + "from \(shard.first)")
      }
      let skipped = split.skipped.count { (first..<first + listed).contains($0.index) }
      guard shard.count == listed - skipped else {
        throw MISTError(
          .featuresCountMismatch, at: "\(place), \(name)",
          "\(listed) listed files without \(skipped) skipped are \(listed - skipped) samples, found \(shard.count)"
        )
      }
    }
  }

  /// Split names become parts of file names.
  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
      }
  }
}
