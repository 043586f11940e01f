import MISTEdge
import MISTModels

/// `manifest.json` as it is written: the keys of all versions, each version its own.
extension StoreManifest: Codable {
  enum Keys: String, CodingKey {
    case format, version, task, model, gather, final, blocks, layerTokens, lastBlock, dtype, precision,
      precisionChoice, calibration, checksums, tokens, channels, levels, masks, views,
      preprocessing, classes, filesPerShard, plan, splits
  }

  /// Decodes any version that is read, which the caller has found it to be.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    version = try container.decode(Int.self, forKey: .version)
    let implied = Self.impliedTask(version)
    // Version 1 had no key for it.
    task =
      try version == 1
      ? implied ?? .classification : container.decode(FeatureTask.self, forKey: .task)
    guard implied == nil || implied == task else {
      throw DecodingError.dataCorruptedError(
        forKey: .task, in: container, debugDescription: "version 2 is for segmentation")
    }
    model = try container.decode(Model.self, forKey: .model)
    gather = try container.decode([Int].self, forKey: .gather)
    final = try container.decode(Bool.self, forKey: .final)
    blocks = try container.decodeIfPresent([Int].self, forKey: .blocks) ?? []
    layerTokens = try container.decodeIfPresent(LayerTokens.self, forKey: .layerTokens)
    lastBlock = try container.decodeIfPresent(LastBlock.self, forKey: .lastBlock)
    dtype = try container.decode(StoredType.self, forKey: .dtype)
    precision = try container.decodeIfPresent(Precision.self, forKey: .precision) ?? .f32
    precisionChoice = try container.decodeIfPresent(PrecisionChoice.self, forKey: .precisionChoice)
    calibration = try container.decodeIfPresent(Calibration.self, forKey: .calibration)
    checksums = try container.decodeIfPresent(Bool.self, forKey: .checksums) ?? false
    preprocessing = try container.decode(Preprocessing.self, forKey: .preprocessing)
    classes = try container.decode([String].self, forKey: .classes)
    filesPerShard = try container.decode(Int.self, forKey: .filesPerShard)
    plan = try container.decode(String.self, forKey: .plan)
    splits = []
    if task.target.isDense {
      levels = try container.decode([MapLevel].self, forKey: .levels)
    } else {
      tokens = try container.decode(Int.self, forKey: .tokens)
      channels = try container.decode(Int.self, forKey: .channels)
    }
    try task.target.decode(container, &self)
    var list = try container.nestedUnkeyedContainer(forKey: .splits)
    while !list.isAtEnd {
      splits.append(try Split(list.nestedContainer(keyedBy: Split.Keys.self), task))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(Self.formatName, forKey: .format)
    try container.encode(version, forKey: .version)
    if version > 1 { try container.encode(task, forKey: .task) }
    try container.encode(model, forKey: .model)
    try container.encode(gather, forKey: .gather)
    try container.encode(final, forKey: .final)
    if !blocks.isEmpty { try container.encode(blocks, forKey: .blocks) }
    try container.encodeIfPresent(layerTokens, forKey: .layerTokens)
    try container.encodeIfPresent(lastBlock, forKey: .lastBlock)
    try container.encode(dtype, forKey: .dtype)
    if precision != .f32 { try container.encode(precision, forKey: .precision) }
    try container.encodeIfPresent(precisionChoice, forKey: .precisionChoice)
    try container.encodeIfPresent(calibration, forKey: .calibration)
    if checksums { try container.encode(true, forKey: .checksums) }
    try container.encode(preprocessing, forKey: .preprocessing)
    try container.encode(classes, forKey: .classes)
    try container.encode(filesPerShard, forKey: .filesPerShard)
    try container.encode(plan, forKey: .plan)
    switch layout {
    case .tokens(let count, let channels):
      try container.encode(count, forKey: .tokens)
      try container.encode(channels, forKey: .channels)
    case .maps(let levels): try container.encode(levels, forKey: .levels)
    }
    try task.target.encode(self, &container)
    var list = container.nestedUnkeyedContainer(forKey: .splits)
    for split in splits {
      var item = list.nestedContainer(keyedBy: Split.Keys.self)
      try split.encode(to: &item, task)
    }
  }
}

extension StoreManifest.Split {
  enum Keys: String, CodingKey {
    case name, files, labels, masks, views, shards, skipped, oriented, unlabelled
  }

  fileprivate init(_ container: KeyedDecodingContainer<Keys>, _ task: FeatureTask) throws {
    name = try container.decode(String.self, forKey: .name)
    files = try container.decode([String].self, forKey: .files)
    shards = try container.decode([StoreManifest.Shard].self, forKey: .shards)
    skipped = try container.decode([StoreManifest.SkippedFile].self, forKey: .skipped)
    counts.oriented = try container.decodeIfPresent(Int.self, forKey: .oriented) ?? 0
    counts.unlabelled = try container.decodeIfPresent(Int.self, forKey: .unlabelled) ?? 0
    try task.target.decode(container, &self)
  }

  fileprivate func encode(to container: inout KeyedEncodingContainer<Keys>, _ task: FeatureTask) throws {
    try container.encode(name, forKey: .name)
    try container.encode(files, forKey: .files)
    try container.encode(shards, forKey: .shards)
    try container.encode(skipped, forKey: .skipped)
    if counts.oriented > 0 { try container.encode(counts.oriented, forKey: .oriented) }
    if counts.unlabelled > 0 { try container.encode(counts.unlabelled, forKey: .unlabelled) }
    try task.target.encode(self, &container)
  }
}
