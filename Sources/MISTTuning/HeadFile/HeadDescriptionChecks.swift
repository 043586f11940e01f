import MISTFormats

extension HeadDescription {
  /// The metadata of a head file.
  func metadata() throws -> [String: String] { try HeadMetadata.make(self, version: Head.currentVersion) }

  /// Reads and checks the metadata of a head file. Throws the `head.` codes.
  init(metadata: [String: String]) throws {
    self = try HeadMetadata.description(HeadDescription.self, metadata, version: Head.currentVersion)
    try check()
  }

  /// Checks every rule about values. Throws the `head.` codes.
  func check() throws {
    try DescriptionChecks.within("tokens", network.tokens, 1...HeadLimits.tokens)
    try DescriptionChecks.within("channels", network.channels, 1...HeadLimits.channels)
    try DescriptionChecks.within("depth", network.depth, 0...HeadLimits.depth)
    try DescriptionChecks.within("rank", network.rank, 1...HeadLimits.rank)
    try DescriptionChecks.epsilon(network.epsilon)
    try DescriptionChecks.classes(classes, most: HeadLimits.classes)
    try DescriptionChecks.gather(feature)
    if feature == .final, network.tokens != 1 || network.depth != 0 {
      throw MISTError(
        .headInvalidFeature, at: "feature",
        "the final class token is one token without blocks, found \(network.tokens) tokens and \(network.depth) blocks"
      )
    }
    try DescriptionChecks.modelHash(model.hash)
    try DescriptionChecks.preprocessing(preprocessing)
  }
}
