/// How a `SRCE` section says which feature a head reads: a kind and a number.
extension Feature {
  /// Kind and number in a bundle; nil for a feature that no bundle reads. The number of layer tokens is the set of their stages.
  package var stored: (kind: UInt32, number: UInt32)? {
    switch self {
    case .gather(let depth): (0, UInt32(clamping: depth))
    case .final: (1, 0)
    case .layerTokens: (2, 0)
    case .block(let depth): (3, UInt32(clamping: depth))
    case .ladder(let step): (4, UInt32(clamping: step))
    case .side: nil
    }
  }

  /// The lowest version of the bundle's format whose readers know it.
  package var minimumReader: UInt32 {
    switch self {
    case .gather, .final: 1
    case .layerTokens, .block, .ladder, .side: 4
    }
  }
}

extension BundleSource {
  /// Most depths of layer tokens that a bundle can name: those below.
  public static let layerLimit = 192

  static func feature(
    _ kind: UInt32, _ number: UInt32, _ network: NetworkShape
  ) throws(EdgeError) -> Feature {
    let limits: ClosedRange<UInt32>
    let feature: Feature
    switch kind {
    case 0: (feature, limits) = (.gather(Int(number)), 1...65535)
    case 1: (feature, limits) = (.final, 0...0)
    case 2: (feature, limits) = (.layerTokens, 0...UInt32.max)
    case 3: (feature, limits) = (.block(Int(number)), 0...65535)
    case 4: (feature, limits) = (.ladder(Int(number)), 1...65535)
    default: throw EdgeError(.unknownGather, in: .source, found: kind)
    }
    guard limits ~= number else { throw EdgeError(.badGatherDepth, in: .source, found: number) }
    return feature
  }

  /// The numbers of the bits that are set, ascending; bit 0 is the lowest of the first byte.
  static func numbers(_ bits: UnsafeRawBufferPointer) -> [Int] {
    var numbers: [Int] = []
    for bit in 0..<8 * bits.count where bits[bit / 8] >> UInt8(bit % 8) & 1 == 1 { numbers.append(bit) }
    return numbers
  }

  /// The tensors of layer tokens of `depths` depths: one, or one per stage in the set `levels`.
  static func layerTensors(
    levels: UInt32, _ depths: Int, _ network: NetworkShape
  ) throws(EdgeError) -> [FeatureKey] {
    var rows = 0
    for stream in network.streams { rows += stream.tokens }
    guard depths > 0, rows == depths || levels == 0 && rows == 2 * depths else {
      throw EdgeError(.badLayers, in: .source, expected: rows, found: depths)
    }
    var keys: [FeatureKey] = levels == 0 ? [FeatureKey(.layerTokens)] : []
    for bit in UInt32(0)..<32 where levels >> bit & 1 == 1 {
      keys.append(FeatureKey(.layerTokens, level: Int(bit) + 1))
    }
    guard keys.count == network.streams.count else {
      throw EdgeError(.badFeatureLevels, in: .source, expected: network.streams.count, found: keys.count)
    }
    return keys
  }

  /// The tensors of any other feature of tokens.
  static func tokenTensors(_ feature: Feature, _ network: NetworkShape) throws(EdgeError) -> [FeatureKey] {
    let count = network.streams.count
    if case .ladder(let step) = feature {
      guard network.body.isOnMaps else {
        throw EdgeError(.badFeatureLevels, in: .source, expected: count, found: 0)
      }
      var keys: [FeatureKey] = []
      for input in 0..<count { keys.append(FeatureKey(.block(input * step))) }
      return keys
    }
    let tokens = network.streams[0].tokens
    guard feature != .final || tokens == 1 else {
      throw EdgeError(.badFinalShape, in: .source, expected: 1, found: tokens)
    }
    guard count == 1 else {
      throw EdgeError(.badFeatureLevels, in: .source, expected: count, found: 1)
    }
    return [FeatureKey(feature)]
  }
}
