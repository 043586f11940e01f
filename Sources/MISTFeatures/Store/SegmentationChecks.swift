import MISTFormats

/// Rules of `Formats/feature-store.md` that only segmentation stores have.
extension StoreManifest {
  /// Sides of maps and masks, bounded so that the product of two sides and of channels cannot overflow.
  static let largestSide = 1 << 16
  static let largestViewCount = 1 << 16

  func checkSegmentation() throws {
    guard !levels.isEmpty, zip(levels, levels.dropFirst()).allSatisfy({ $0.level < $1.level }) else {
      throw MISTError(
        .featuresLevelsInvalid, at: "levels",
        "levels of ascending numbers are expected, found \(levels.prefix(20).map(\.level))")
    }
    for level in levels {
      let sides = [("height", level.height), ("width", level.width), ("reduction", level.reduction)]
      let bounds =
        [("level", level.level, Self.largestSide), ("channels", level.channels, Self.largestDimension)]
        + sides.map { ($0, $1, Self.largestSide) }
      for (name, value, bound) in bounds where !(1...bound).contains(value) {
        throw MISTError(
          .featuresLevelsInvalid, at: "levels, level \(level.level)",
          "\(name) must be within 1…\(bound), found \(value)")
      }
    }
    guard classes.count <= Masks.largestClassCount else {
      throw MISTError(
        .featuresClassesInvalid, at: "classes",
        "at most \(Masks.largestClassCount) classes fit a mask, found \(classes.count)")
    }
    try checkMaskAndViewSettings()
  }

  private func checkMaskAndViewSettings() throws {
    guard let masks, let views else {
      throw MISTError(.featuresManifestInvalid, "'masks' and 'views' are expected for segmentation")
    }
    for (name, value) in [("height", masks.height), ("width", masks.width)]
    where !(1...Self.largestSide).contains(value) {
      throw MISTError(
        .featuresMasksInvalid, at: "masks.\(name)", "1…\(Self.largestSide) is expected, found \(value)")
    }
    guard masks.ignore == Masks.ignoredClass else {
      throw MISTError(
        .featuresMasksInvalid, at: "masks.ignore",
        "\(Masks.ignoredClass) is expected, found \(masks.ignore)")
    }
    guard (1...Self.largestViewCount).contains(views.count) else {
      throw MISTError(
        .featuresViewsInvalid, at: "views.count",
        "1…\(Self.largestViewCount) is expected, found \(views.count)")
    }
    guard views.minimumScale > 0, views.minimumScale <= 1 else {
      throw MISTError(
        .featuresViewsInvalid, at: "views.minimumScale",
        "a fraction above 0, at most 1, is expected, found \(views.minimumScale)")
    }
  }

  func checkMasks(of split: Split, _ place: String) throws {
    for (name, count) in [("masks", split.masks.count), ("views", split.views.count)]
    where count != split.files.count {
      throw MISTError(
        .featuresMasksMismatch, at: place,
        "each listed file has one mask and one view, found \(count) \(name) for \(split.files.count) files")
    }
    let count = views?.count ?? 1
    if let bad = split.views.firstIndex(where: { !(0..<count).contains($0) }) {
      throw MISTError(
        .featuresViewOutOfRange, at: "\(place), file \(bad)",
        "a view within 0..<\(count) is expected, found \(split.views[bad])")
    }
  }
}
