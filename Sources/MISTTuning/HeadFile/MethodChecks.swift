import MISTEdge
import MISTFormats

extension HeadDescription {
  /// The sizes of a method's network.
  func check(_ network: MethodNetwork) throws {
    try Self.within("tokens", network.tokens, 1...HeadLimits.tokens)
    try Self.within("channels", network.channels, 1...HeadLimits.channels)
    switch network.body {
    case .streams: break
    case .injected:
      try Self.within("maps", network.maps, 2...HeadLimits.maps)
      try Self.within("rank", network.rank, 1...HeadLimits.rank)
    case .ladder(let block):
      try Self.within("maps", network.maps, 2...HeadLimits.maps)
      try Self.within("width", block.width, 1...HeadLimits.channels)
      try Self.check(block)
    case .transformer(let block): try Self.check(block)
    }
    try Self.check(epsilon: network.epsilon)
    if network.shape(classes: 1).flaw != nil {
      throw MISTError(.headInvalidShape, at: "network", "the sizes do not go together")
    }
  }

  private static func check(_ block: TransformerShape) throws {
    try within("hidden", block.hidden, 1...TransformerShape.largestHidden)
    guard block.isPossible else {
      throw MISTError(
        .headInvalidShape, at: "network.heads",
        "1…\(TransformerShape.largestHeadCount) heads that divide a width of \(block.width) are expected, found \(block.heads)"
      )
    }
  }

  /// A ladder for several maps, one for a block.
  func checkFeature(of network: MethodNetwork) throws {
    let isRight: Bool
    switch feature {
    case .ladder(let step): isRight = network.body.isOnMaps && 1...HeadLimits.maps ~= step
    case .block(let i): isRight = !network.body.isOnMaps && 0...HeadLimits.gather ~= i
    default: isRight = false
    }
    guard isRight else {
      throw MISTError(
        .headInvalidFeature, at: "feature",
        "\(network.body.isOnMaps ? "a ladder" : "a block") is what \(network.body.name?.description ?? "it") reads, found "
          + feature.label)
    }
  }
}
