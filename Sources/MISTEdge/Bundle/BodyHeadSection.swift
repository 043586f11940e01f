/// `HEAD` of a network whose body is not a residual stream alone: LAST, LST, Partial-1.
extension HeadSection {
  /// Most maps that a head reads: the embedding, and as many blocks as a head may have.
  public static let maximumMaps = maximumDepth + 1

  static func body(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) throws(EdgeError) -> NetworkShape {
    let id = SectionID.head
    guard bytes.count == headerSize else {
      throw EdgeError(.badSectionSize, in: id, expected: headerSize, found: bytes.count)
    }
    let maps = bytes.u32(at: 4)
    guard kind == .partial1 ? maps == 1 : 2...UInt32(maximumMaps) ~= maps else {
      throw EdgeError(.badLevelCount, in: id, found: maps)
    }
    guard bytes.u32(at: 8) == 0 else { throw EdgeError(.unknownPooling, in: id, found: bytes.u32(at: 8)) }
    let flags = bytes.u32(at: 12)
    guard flags <= (kind == .partial1 ? 1 : 0) else {
      throw EdgeError(.unknownHeadFlag, in: id, found: flags)
    }
    let epsilon = try epsilon(bytes)
    let classes = try dimension(bytes, at: classesOffset, 1...maximumClasses)
    let tokens = try dimension(bytes, at: 32, 1...maximumTokens)
    let channels = try dimension(bytes, at: 36, 1...maximumChannels)
    let hasBlock = kind != .last
    var block = TransformerShape(
      width: try dimension(bytes, at: 40, kind == .lst ? 1...maximumChannels : 0...0),
      heads: try dimension(bytes, at: 24, hasBlock ? 1...TransformerShape.largestHeadCount : 0...0),
      hidden: try dimension(bytes, at: 28, hasBlock ? 1...TransformerShape.largestHidden : 0...0))
    let rank = try dimension(bytes, at: 44, hasBlock ? 0...0 : 1...maximumRank)
    guard bytes.isZero(48..<headerSize) else { throw EdgeError(.reservedNotZero, in: id) }
    let body: Body
    switch kind {
    case .lst: body = .ladder(block)
    case .partial1:
      block.width = channels
      block.layerScale = flags == 1
      body = .transformer(block)
    default: body = .injected
    }
    return NetworkShape(
      body: body, inputs: Int(maps), tokens: tokens, channels: channels, classes: classes, rank: rank,
      epsilon: epsilon)
  }
}
