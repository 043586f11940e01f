import MISTFormats

extension MapHeadDescription {
  /// A mask is a byte per pixel, and 255 is ignored.
  public static let mostClasses = HeadLimits.mapClasses

  /// The metadata of a head file.
  func metadata() throws -> [String: String] { try HeadMetadata.make(self, version: MapHead.currentVersion) }

  /// Reads and checks the metadata of a head file. Throws the `head.` codes.
  init(metadata: [String: String]) throws {
    self = try HeadMetadata.description(MapHeadDescription.self, metadata, version: MapHead.currentVersion)
    try check()
  }

  /// Checks every rule about values. Throws the `head.` codes.
  func check() throws {
    let numbers = network.levels.map(\.level)
    guard (1...HeadLimits.levels).contains(numbers.count),
      numbers.allSatisfy((1...HeadLimits.levels).contains),
      zip(numbers, numbers.dropFirst()).allSatisfy(<)
    else {
      throw MISTError(
        .headInvalidShape, at: "network.levels",
        "one to four levels with ascending numbers within 1…4 are expected, found \(numbers.prefix(8))")
    }
    for (i, level) in network.levels.enumerated() {
      let name = "levels.\(i)."
      try DescriptionChecks.within(name + "height", level.height, 1...HeadLimits.mapSide)
      try DescriptionChecks.within(name + "width", level.width, 1...HeadLimits.mapSide)
      try DescriptionChecks.within(name + "channels", level.channels, 1...HeadLimits.channels)
      try DescriptionChecks.within(name + "depth", level.depth, 0...HeadLimits.depth)
      try DescriptionChecks.within(name + "reduction", level.reduction, 1...HeadLimits.reduction)
    }
    try DescriptionChecks.within("hidden", network.hidden, 0...HeadLimits.hidden)
    try DescriptionChecks.within("rank", network.rank, 1...HeadLimits.rank)
    try DescriptionChecks.epsilon(network.epsilon)
    guard input.count == 2, input.allSatisfy({ (1...HeadLimits.mapSide).contains($0) }) else {
      throw MISTError(
        .headInvalidShape, at: "input",
        "two sizes within 1…\(HeadLimits.mapSide) are expected, found \(input.prefix(4))")
    }
    try DescriptionChecks.classes(classes, most: Self.mostClasses)
    try DescriptionChecks.gather(feature)
    try DescriptionChecks.modelHash(model.hash)
    try DescriptionChecks.preprocessing(preprocessing)
  }
}
