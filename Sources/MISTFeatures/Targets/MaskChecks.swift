import MISTEdge
import MISTFormats

/// Rules of `Formats/feature-store.md` about masks and views.
extension MaskTarget {
  static func check(_ manifest: StoreManifest) throws {
    guard manifest.classes.count <= StoreManifest.Masks.largestClassCount else {
      throw MISTError(
        .featuresClassesInvalid, at: "classes",
        "at most \(StoreManifest.Masks.largestClassCount) classes fit a mask, found \(manifest.classes.count)"
      )
    }
    guard let masks = manifest.masks, let views = manifest.views else {
      throw MISTError(.featuresManifestInvalid, "'masks' and 'views' are expected for segmentation")
    }
    for (name, value) in [("height", masks.height), ("width", masks.width)]
    where !(1...MapSize.largestSide).contains(value) {
      throw MISTError(
        .featuresMasksInvalid, at: "masks.\(name)", "1…\(MapSize.largestSide) is expected, found \(value)")
    }
    guard masks.ignore == StoreManifest.Masks.ignoredClass else {
      throw MISTError(
        .featuresMasksInvalid, at: "masks.ignore",
        "\(StoreManifest.Masks.ignoredClass) is expected, found \(masks.ignore)")
    }
    guard (1...StoreManifest.largestViewCount).contains(views.count) else {
      throw MISTError(
        .featuresViewsInvalid, at: "views.count",
        "1…\(StoreManifest.largestViewCount) is expected, found \(views.count)")
    }
    guard views.minimumScale > 0, views.minimumScale <= 1 else {
      throw MISTError(
        .featuresViewsInvalid, at: "views.minimumScale",
        "a fraction above 0, at most 1, is expected, found \(views.minimumScale)")
    }
  }

  static func check(_ split: StoreManifest.Split, of manifest: StoreManifest, at place: String) throws {
    for (name, count) in [("masks", split.masks.count), ("views", split.views.count)]
    where count != split.files.count {
      throw MISTError(
        .featuresMasksMismatch, at: place,
        "each listed file has one mask and one view, found \(count) \(name) for \(split.files.count) files")
    }
    let count = manifest.views?.count ?? 1
    if let bad = split.views.firstIndex(where: { !(0..<count).contains($0) }) {
      throw MISTError(
        .featuresViewOutOfRange, at: "\(place), file \(bad)",
        "a view within 0..<\(count) is expected, found \(split.views[bad])")
    }
  }

  static func check(_ shard: SafetensorsArchive, _ split: StoreManifest.Split, of indices: [Int]) throws {
    try shard.withBytes(of: view) { bytes in
      for (sample, index) in indices.enumerated() {
        let window = (0..<viewLength).map {
          Int32(
            littleEndian: bytes.loadUnaligned(
              fromByteOffset: 4 * (sample * viewLength + $0), as: Int32.self))
        }
        let isWhole = window[0] == 0 && window[1] == 0 && window[4] == 0
        guard window[0] >= 0, window[1] >= 0, window[2] > 0, window[3] > 0, (0...1).contains(window[4]),
          split.views[index] > 0 || isWhole
        else {
          throw MISTError(
            .featuresViewInvalid, at: "tensor 'view', sample \(sample)",
            "top, left, height, width and flip of view \(split.views[index]) are expected, found \(window)")
        }
      }
    }
  }
}
