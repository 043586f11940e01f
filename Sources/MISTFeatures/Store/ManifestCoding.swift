import MISTEdge
import MISTModels

/// `manifest.json` as it is written: the keys of both versions, each version its own.
extension StoreManifest: Codable {
  private enum Keys: String, CodingKey {
    case format, version, task, model, gather, final, dtype, tokens, channels, levels, masks, views,
      preprocessing, classes, filesPerShard, plan, splits
  }

  /// Decodes either version, which the caller has found to be one that is read.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    model = try container.decode(Model.self, forKey: .model)
    gather = try container.decode([Int].self, forKey: .gather)
    final = try container.decode(Bool.self, forKey: .final)
    dtype = try container.decode(FeatureDType.self, forKey: .dtype)
    preprocessing = try container.decode(Preprocessing.self, forKey: .preprocessing)
    classes = try container.decode([String].self, forKey: .classes)
    filesPerShard = try container.decode(Int.self, forKey: .filesPerShard)
    plan = try container.decode(String.self, forKey: .plan)
    if try container.decode(Int.self, forKey: .version) == Self.version(of: .classification) {
      task = .classification
      tokens = try container.decode(Int.self, forKey: .tokens)
      channels = try container.decode(Int.self, forKey: .channels)
    } else {
      task = try container.decode(FeatureTask.self, forKey: .task)
      guard task == .segmentation else {
        throw DecodingError.dataCorruptedError(
          forKey: .task, in: container, debugDescription: "version 2 is for segmentation")
      }
      levels = try container.decode([MapLevel].self, forKey: .levels)
      masks = try container.decode(Masks.self, forKey: .masks)
      views = try container.decode(Views.self, forKey: .views)
    }
    splits = []
    var list = try container.nestedUnkeyedContainer(forKey: .splits)
    while !list.isAtEnd {
      splits.append(try Split(list.nestedContainer(keyedBy: Split.Keys.self), task))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(Self.formatName, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(model, forKey: .model)
    try container.encode(gather, forKey: .gather)
    try container.encode(final, forKey: .final)
    try container.encode(dtype, forKey: .dtype)
    try container.encode(preprocessing, forKey: .preprocessing)
    try container.encode(classes, forKey: .classes)
    try container.encode(filesPerShard, forKey: .filesPerShard)
    try container.encode(plan, forKey: .plan)
    switch task {
    case .classification:
      try container.encode(tokens, forKey: .tokens)
      try container.encode(channels, forKey: .channels)
    case .segmentation:
      try container.encode(task, forKey: .task)
      try container.encode(levels, forKey: .levels)
      try container.encode(masks, forKey: .masks)
      try container.encode(views, forKey: .views)
    }
    var list = container.nestedUnkeyedContainer(forKey: .splits)
    for split in splits {
      var item = list.nestedContainer(keyedBy: Split.Keys.self)
      try split.encode(to: &item, task)
    }
  }
}

extension StoreManifest.Split {
  fileprivate enum Keys: String, CodingKey { case name, files, labels, masks, views, shards, skipped }

  fileprivate init(_ container: KeyedDecodingContainer<Keys>, _ task: FeatureTask) throws {
    name = try container.decode(String.self, forKey: .name)
    files = try container.decode([String].self, forKey: .files)
    shards = try container.decode([StoreManifest.Shard].self, forKey: .shards)
    skipped = try container.decode([StoreManifest.SkippedFile].self, forKey: .skipped)
    switch task {
    case .classification:
      labels = try container.decode([Int].self, forKey: .labels)
    case .segmentation:
      masks = try container.decode([String].self, forKey: .masks)
      views = try container.decode([Int].self, forKey: .views)
    }
  }

  fileprivate func encode(to container: inout KeyedEncodingContainer<Keys>, _ task: FeatureTask) throws {
    try container.encode(name, forKey: .name)
    try container.encode(files, forKey: .files)
    try container.encode(shards, forKey: .shards)
    try container.encode(skipped, forKey: .skipped)
    switch task {
    case .classification:
      try container.encode(labels, forKey: .labels)
    case .segmentation:
      try container.encode(masks, forKey: .masks)
      try container.encode(views, forKey: .views)
    }
  }
}
