import MISTEdge
import MISTModels

/// The plan's hash is over everything that decides the store's bytes. File sizes stand for the files' contents, which are
/// too much to read before starting.
extension ExtractionPlan {
  static func hash(_ manifest: StoreManifest, _ images: ImageFolder) throws -> String {
    struct Identity: Encodable {
      let format: String
      let version: Int
      let model: String
      let gather: [Int]
      let final: Bool
      let dtype: FeatureDType
      let tokens: Int
      let channels: Int
      let preprocessing: Preprocessing
      let classes: [String]
      let filesPerShard: Int
      let files: [[String]]
      let labels: [[Int]]
      let sizes: [[Int]]
    }
    return try StoreManifest.hash(
      of: Identity(
        format: StoreManifest.formatName, version: manifest.version, model: manifest.model.hash,
        gather: manifest.gather, final: manifest.final, dtype: manifest.dtype, tokens: manifest.tokens,
        channels: manifest.channels, preprocessing: manifest.preprocessing, classes: manifest.classes,
        filesPerShard: manifest.filesPerShard, files: images.splits.map(\.files),
        labels: images.splits.map(\.labels), sizes: images.splits.map(\.sizes)))
  }

  static func hash(_ manifest: StoreManifest, _ scenes: SegmentationFolder) throws -> String {
    struct Identity: Encodable {
      let format: String
      let version: Int
      let task: FeatureTask
      let model: String
      let gather: [Int]
      let final: Bool
      let dtype: FeatureDType
      let levels: [MapLevel]
      let masks: StoreManifest.Masks?
      let views: StoreManifest.Views?
      let preprocessing: Preprocessing
      let classes: [String]
      let filesPerShard: Int
      let files: [[String]]
      let annotations: [[String]]
      let sizes: [[Int]]
      let annotationSizes: [[Int]]
    }
    return try StoreManifest.hash(
      of: Identity(
        format: StoreManifest.formatName, version: manifest.version, task: manifest.task,
        model: manifest.model.hash, gather: manifest.gather, final: manifest.final, dtype: manifest.dtype,
        levels: manifest.levels, masks: manifest.masks, views: manifest.views,
        preprocessing: manifest.preprocessing, classes: manifest.classes,
        filesPerShard: manifest.filesPerShard, files: scenes.splits.map(\.files),
        annotations: scenes.splits.map(\.masks), sizes: scenes.splits.map(\.sizes),
        annotationSizes: scenes.splits.map(\.maskSizes)))
  }
}

extension StoreManifest {
  /// The first thing in which two plans differ, as `what: theirs, ours`, or nil when they are the same work.
  func difference(from other: StoreManifest) -> String? {
    func say(_ what: String, _ theirs: some CustomStringConvertible, _ ours: some CustomStringConvertible)
      -> String
    {
      "its \(what) is \(theirs), not \(ours)"
    }
    if task != other.task { return say("task", other.task.rawValue, task.rawValue) }
    if model.hash != other.model.hash {
      return say("model", other.model.hash.prefix(12), model.hash.prefix(12))
    }
    if gather != other.gather { return say("gather", other.gather, gather) }
    if final != other.final { return say("storing of the final features", other.final, final) }
    if dtype != other.dtype { return say("dtype", other.dtype.rawValue, dtype.rawValue) }
    if layout != other.layout { return say("shape", other.layout.shapes, layout.shapes) }
    if preprocessing != other.preprocessing { return "its preprocessing is another" }
    if classes != other.classes { return say("list of classes", other.classes.prefix(8), classes.prefix(8)) }
    if filesPerShard != other.filesPerShard {
      return say("number of images per shard", other.filesPerShard, filesPerShard)
    }
    if masks != other.masks { return "its handling of masks is another" }
    if let views, let theirs = other.views, views != theirs {
      return say("number and seed of views", [theirs.count, theirs.seed], [views.count, views.seed])
    }
    return differenceOfFiles(from: other)
  }

  private func differenceOfFiles(from other: StoreManifest) -> String? {
    if splitNames != other.splitNames {
      return "its list of splits is \(other.splitNames), not \(splitNames)"
    }
    for (ours, theirs) in zip(splits, other.splits) {
      let pairs = zip(ours.files, theirs.files)
      if let place = pairs.enumerated().first(where: { $0.element.0 != $0.element.1 }) {
        return "its file \(place.offset) of \(ours.name) is '\(place.element.1)', not '\(place.element.0)'"
      }
      if ours.files.count != theirs.files.count {
        return "its number of files in \(ours.name) is \(theirs.files.count), not \(ours.files.count)"
      }
    }
    return plan != other.plan ? "an image file has changed its size since" : nil
  }
}
