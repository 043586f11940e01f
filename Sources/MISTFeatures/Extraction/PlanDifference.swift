import MISTFormats

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
    if blocks != other.blocks { return say("list of stored blocks", other.blocks, blocks) }
    if layerTokens != other.layerTokens {
      func depths(_ layers: LayerTokens?) -> String { layers.map { "of \($0.depthList)" } ?? "none" }
      return say("store of layer tokens", depths(other.layerTokens), depths(layerTokens))
    }
    if dtype != other.dtype { return say("dtype", other.dtype.description, dtype.description) }
    if precision != other.precision {
      return say("precision", other.precision.rawValue, precision.rawValue)
    }
    if calibration != other.calibration {
      func images(_ calibration: Calibration?) -> String {
        calibration.map { "\($0.method) by \($0.images) images, SHA-256 \($0.sha256.prefix(12))" } ?? "none"
      }
      return say("calibration", images(other.calibration), images(calibration))
    }
    if checksums != other.checksums { return say("storing of checksums", other.checksums, checksums) }
    if layout != other.layout { return say("shape", other.layout.shapes, layout.shapes) }
    let (theirs, ours) = (other.preprocessing.orientation, preprocessing.orientation)
    if theirs != ours { return say("treatment of EXIF orientation", theirs.rawValue, ours.rawValue) }
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

  /// Throws `extract.different-store` where the store in `folder`, finished or not, is other work than this plan's.
  func check(sameWorkAs found: StoreManifest, _ folder: String) throws {
    guard let difference = difference(from: found) else { return }
    throw Self.differentStore(folder, difference, advice: "choose another folder, or delete this one")
  }

  static func differentStore(_ folder: String, _ difference: String, advice: String) -> MISTError {
    MISTError(
      .extractDifferentStore, file: folder, "it holds the features of another extraction: \(difference)",
      advice: advice)
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
      if ours.labels != theirs.labels { return "its labels of \(ours.name) are others" }
      if ours.masks != theirs.masks { return "its masks of \(ours.name) are others" }
      if ours.views != theirs.views { return "its views of \(ours.name) are others" }
    }
    return plan != other.plan ? "an image file has changed its size since" : nil
  }
}
