import MISTEdge

/// How much of a feature a bundle carries to check itself with.
public enum GoldenSize: String, CaseIterable, Sendable {
  case none
  /// The class token and up to 15 other tokens, evenly spread; of maps, as many positions as make the last level 2×2 or a
  /// single one 4×4.
  case compact
  /// Every token and position.
  case full

  /// Tokens of `tokens` that are kept, ascending; token 0 is always among them.
  public func tokens(of tokens: Int) -> [Int] {
    switch self {
    case .none: []
    case .full: Array(0..<tokens)
    case .compact: tokens <= 16 ? Array(0..<tokens) : [0] + (0..<15).map { 1 + $0 * (tokens - 1) / 15 }
    }
  }

  /// `shape` with the sizes of the maps that are kept and of their output grid.
  public func maps(of shape: MapHeadShape) -> MapHeadShape {
    guard self == .compact, let last = shape.levels.last else { return shape }
    let side = shape.levels.count == 1 ? 4 : 2
    func scaled(_ size: Int, _ whole: Int) -> Int {
      whole <= side ? size : min(size, max(1, (2 * size * side + whole) / (2 * whole)))
    }
    var small = shape
    for index in small.levels.indices {
      small.levels[index].height = scaled(shape.levels[index].height, last.height)
      small.levels[index].width = scaled(shape.levels[index].width, last.width)
    }
    small.outputHeight = scaled(shape.outputHeight, last.height)
    small.outputWidth = scaled(shape.outputWidth, last.width)
    return small
  }
}

/// A feature to make the golden pair of.
public struct GoldenInput: Sendable {
  /// Per level of the head `[T, C]`, all of its tokens or positions; classification has one.
  public var maps: [[Float]]
  /// Its class, where it is known.
  public var label: Int?

  /// The features `[T, C]` of a classification head.
  public init(values: [Float], label: Int?) {
    maps = [values]
    self.label = label
  }

  /// The maps of a segmentation head, finest first.
  public init(maps: [[Float]]) { self.maps = maps }

  /// Nearly normal numbers of mean 0 and variance 1 from SplitMix64 with seed 1: for heads whose features are not at hand.
  public static func synthetic(_ head: BundleHead) -> GoldenInput {
    var state: UInt64 = 1
    func uniform() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return (Double((z ^ z >> 31) >> 11) + 0.5) / 9_007_199_254_740_992
    }
    // Twelve uniform numbers less six: no library function whose last digit differs between systems.
    func map(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float((0..<12).reduce(-6) { sum, _ in sum + uniform() }) }
    }
    switch head {
    case .classification(let shape):
      return GoldenInput(values: map(shape.tokens * shape.channels), label: nil)
    case .segmentation(let shape):
      return GoldenInput(maps: shape.levels.map { map($0.tokens * $0.channels) })
    }
  }
}
