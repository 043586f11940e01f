/// Which stored tensors a feature is read from. Nothing else says it.
public enum FeatureOrigin: Equatable, Sendable {
  /// It is stored itself, under its own name.
  case stored
  /// Each of these stored features is an input of its own, in this order.
  case inputs([Feature])
  /// One input: the sum of these stored features.
  case sum([Feature])
}

extension Feature {
  /// Whether stores and shards can hold it: layer tokens, F_i, gathers and the final output. Ladders and side inputs are derived.
  public var isStored: Bool {
    switch self {
    case .block, .gather, .final, .layerTokens: true
    case .ladder, .side: false
    }
  }

  /// Whether it is a gathered sum.
  public var isGather: Bool { if case .gather = self { true } else { false } }

  /// How it is read where F_0 … F_`depth` are stored and it is not: of a ladder of every `step`th map, input j is F_{j·step}; a side
  /// input and a gathered sum are summed. `.stored` for what comes from no other feature. Nil when `depth` maps do not suffice.
  public func origin(ofBlocks depth: Int) -> FeatureOrigin? {
    switch self {
    case .block, .final, .layerTokens: return .stored
    case .gather(let k): return k <= depth ? .sum(Self.blocks(0...max(k, 0), by: 1)) : nil
    case .ladder(let step): return 1...max(depth, 1) ~= step ? .inputs(Self.blocks(0...depth, by: step)) : nil
    case .side(let count):
      return 1...depth + 1 ~= count ? .sum(Self.blocks(depth + 1 - count...depth, by: 1)) : nil
    }
  }

  /// How it is read from what is stored; nil when that does not hold what it takes.
  public func origin(in stored: [Feature]) -> FeatureOrigin? {
    if stored.contains(self) { return .stored }
    guard let depth = Self.ladderDepth(of: stored), let origin = origin(ofBlocks: depth), origin != .stored
    else { return nil }
    return origin
  }

  /// The N of which F_0 … F_N are all stored; nil unless there are several.
  public static func ladderDepth(of stored: [Feature]) -> Int? {
    var count = 0
    while stored.contains(.block(count)) { count += 1 }
    return count > 1 ? count - 1 : nil
  }

  private static func blocks(_ range: ClosedRange<Int>, by step: Int) -> [Feature] {
    var blocks: [Feature] = []
    var next = range.lowerBound
    while next <= range.upperBound {
      blocks.append(.block(next))
      next += step
    }
    return blocks
  }
}
