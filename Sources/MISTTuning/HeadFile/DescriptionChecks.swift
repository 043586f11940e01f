import MISTEdge
import MISTFormats

extension HeadDescription {
  /// Checks every rule about values. Throws the `head.` codes.
  func check() throws {
    switch network {
    case .pooled(let network): try check(network)
    case .method(let network): try check(network)
    case .dense(let network): try check(network)
    }
    try checkClasses(most: TaskRegistry.task(task).mostClasses)
    try checkFeature()
    try checkLayers()
    try checkModelHash()
    if let flaw = preprocessing.flaw {
      throw MISTError(.headInvalidPreprocessing, at: "preprocessing", flaw)
    }
  }

  private func check(_ network: PooledNetwork) throws {
    try Self.check(stages: network)
    try Self.within("tokens", network.tokens, 1...HeadLimits.tokens)
    try Self.within("channels", network.channels, 1...HeadLimits.channels)
    try Self.within("depth", network.depth, 0...HeadLimits.depth)
    if network.function.hasRank { try Self.within("rank", network.rank, 1...HeadLimits.rank) }
    try Self.check(epsilon: network.epsilon)
    try Self.check(blocks: network)
    if feature == .final, network.tokens != 1 || network.depth != 0 {
      throw MISTError(
        .headInvalidFeature, at: "feature",
        "the final class token is one token without blocks, found \(network.tokens) tokens and \(network.depth) blocks"
      )
    }
  }

  /// Blocks, and the readout behind them.
  private static func check(blocks network: PooledNetwork) throws {
    guard network.depth > 0 || network.function == .attention else {
      throw MISTError(
        .headInvalidShape, at: "network.block",
        "a network without blocks has no block function, found \(network.function.name)")
    }
    if let grid = network.grid {
      try within("prefix", grid.prefix, 0...HeadLimits.tokens)
      try within("height", grid.size.height, 1...MapSize.largestSide)
      try within("width", grid.size.width, 1...MapSize.largestSide)
      guard grid.tokens == network.tokens else {
        throw MISTError(
          .headInvalidShape, at: "network.prefix",
          "\(grid.prefix) tokens and a map of \(grid.size) are \(grid.tokens) tokens, found \(network.tokens)"
        )
      }
    }
    switch network.shape(classes: 1).flaw {
    case nil: return
    case .queries:
      throw MISTError(
        .headInvalidShape, at: "network.queries",
        "1…\(AttentiveShape.largestQueryCount) queries that times division divide \(network.channels) channels are expected, "
          + "found \(network.pooling.stored.queries) and division \(network.pooling.stored.division)")
    case .concat, .stages:
      throw MISTError(
        .headInvalidShape, at: "network.pooling",
        "tokens that are read one after another have no blocks and no input norm before them")
    case .classToken, .grid, .maps, .body:
      throw MISTError(
        .headInvalidShape, at: "network.pooling",
        "a convolution goes with a pooling of all tokens, found \(network.pooling.name)")
    }
  }

  private func check(_ network: DenseNetwork) throws {
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
      try Self.within(name + "height", level.height, 1...MapSize.largestSide)
      try Self.within(name + "width", level.width, 1...MapSize.largestSide)
      try Self.within(name + "channels", level.channels, 1...HeadLimits.channels)
      try Self.within(name + "depth", level.depth, 0...HeadLimits.depth)
      try Self.within(name + "reduction", level.reduction, 1...HeadLimits.reduction)
    }
    try Self.within("hidden", network.hidden, 0...HeadLimits.hidden)
    try Self.within("rank", network.rank, 1...HeadLimits.rank)
    try Self.check(epsilon: network.epsilon)
    guard input.count == 2, input.allSatisfy({ (1...MapSize.largestSide).contains($0) }) else {
      throw MISTError(
        .headInvalidShape, at: "input",
        "two sizes within 1…\(MapSize.largestSide) are expected, found \(input.prefix(4))")
    }
  }

  static func within(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw MISTError(
        .headInvalidShape, at: "network.\(name)",
        "\(range.lowerBound)…\(range.upperBound) is expected, found \(value)")
    }
  }

  static func check(epsilon: Float) throws {
    guard epsilon.isFinite, epsilon > 0 else {
      throw MISTError(
        .headInvalidShape, at: "network.epsilon", "a positive number is expected, found \(epsilon)")
    }
  }

  private func checkClasses(most: Int) throws {
    guard !classes.isEmpty, classes.count <= most, !classes.contains(""), Set(classes).count == classes.count
    else {
      throw MISTError(
        .headInvalidClasses, at: "classes",
        "distinct, non-empty class names are expected, at most \(most), found \(classes.count)")
    }
  }

  private func checkFeature() throws {
    if case .method(let network) = network { return try checkFeature(of: network) }
    switch feature {
    case .final: return
    case .layerTokens where readsTokens: return
    case .block(let i) where readsTokens && (0...HeadLimits.gather).contains(i): return
    case .side(let count) where readsTokens && (1...HeadLimits.gather + 1).contains(count): return
    case .gather(let k) where (1...HeadLimits.gather).contains(k): return
    case .gather, .block, .layerTokens, .ladder, .side:
      throw MISTError(
        .headInvalidFeature, at: "feature",
        "a gather depth within 1…\(HeadLimits.gather) is expected, found \(feature.label)")
    }
  }

  /// Whether the network is one on tokens.
  private var readsTokens: Bool { if case .pooled = network { true } else { false } }

  private func checkModelHash() throws {
    guard ContentHash.isHash(model.hash) else {
      throw MISTError(
        .headInvalidModelHash, at: "model.hash",
        "64 lower-case hexadecimal digits are expected, found '\(model.hash.prefix(70))'")
    }
  }
}
