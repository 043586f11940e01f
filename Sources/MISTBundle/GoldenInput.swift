import MISTEdge

/// How much of a feature a bundle carries to check itself with.
package enum GoldenSize: String, CaseIterable, Sendable {
  case none
  /// The class token and up to 15 other tokens, evenly spread; for blocks of convolution the map's first three rows, and
  /// all where each has weights of its own; of maps, as many positions as make the last level 2×2 or a single one 4×4.
  case compact
  /// Every token and position.
  case full

  /// Tokens of a network of `shape` on tokens that are kept, ascending; token 0 is always among them.
  package func tokens(of shape: NetworkShape) -> [Int] {
    let stream = shape.streams[0]
    let tokens = stream.tokens
    switch self {
    case .none: return []
    case .full: return Array(0..<tokens)
    case .compact where shape.readout == .pooled(.concat): return Array(0..<tokens)
    case .compact where shape.depth > 0 && shape.function == .dwconv:
      return Array(0..<stream.prefix + min(3, stream.height) * stream.width)
    case .compact: return tokens <= 16 ? Array(0..<tokens) : [0] + (0..<15).map { 1 + $0 * (tokens - 1) / 15 }
    }
  }

  /// `shape` with the sizes of the tokens or maps that are kept, and of their output grid.
  package func shape(of shape: NetworkShape) -> NetworkShape {
    guard var dense = shape.dense else {
      return shape.golden(tokens: tokens(of: shape).count) ?? shape
    }
    guard self == .compact, let last = shape.streams.last else { return shape }
    let side = shape.streams.count == 1 ? 4 : 2
    func scaled(_ size: Int, _ whole: Int) -> Int {
      whole <= side ? size : min(size, max(1, (2 * size * side + whole) / (2 * whole)))
    }
    var small = shape
    for index in small.streams.indices {
      small.streams[index].height = scaled(shape.streams[index].height, last.height)
      small.streams[index].width = scaled(shape.streams[index].width, last.width)
    }
    dense.height = scaled(dense.height, last.height)
    dense.width = scaled(dense.width, last.width)
    small.readout = .dense(dense)
    return small
  }
}

/// A feature to make the golden pair of.
package struct GoldenInput: Sendable {
  /// Per stream of the network `[T, C]`, all of its tokens or positions.
  package var maps: [[Float]]
  /// Its class, where it is known.
  package var label: Int?

  /// The features `[T, C]` of a network of one stream.
  package init(values: [Float], label: Int?) {
    maps = [values]
    self.label = label
  }

  /// The features of every stream.
  package init(maps: [[Float]]) { self.maps = maps }

  /// Nearly normal numbers of mean 0 and variance 1 from SplitMix64 with seed 1: for heads whose features are not at hand.
  package static func synthetic(_ shape: NetworkShape) -> GoldenInput {
    var random = SplitMix64(1)
    func uniform() -> Double { (Double(random.next() >> 11) + 0.5) / 9_007_199_254_740_992 }
    // Twelve uniform numbers less six: no library function whose last digit differs between systems.
    func map(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float((0..<12).reduce(-6) { sum, _ in sum + uniform() }) }
    }
    return GoldenInput(maps: shape.streams.map { map($0.tokens * $0.channels) })
  }
}
