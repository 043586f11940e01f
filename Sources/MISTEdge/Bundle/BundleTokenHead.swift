/// `HEAD` of a head on tokens (classification).
extension BundleHead {
  public static let classificationSize = 64

  static func tokens(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) throws(EdgeError) -> HeadShape {
    let id = SectionID.head
    guard bytes.count == classificationSize else {
      throw EdgeError(.badSectionSize, in: id, expected: classificationSize, found: bytes.count)
    }
    guard bytes.u32(at: 4) == 1 else { throw EdgeError(.badLevelCount, in: id, found: bytes.u32(at: 4)) }
    guard bytes.u32(at: 8) <= 1, let pooling = HeadShape.Pooling(rawValue: bytes[8]) else {
      throw EdgeError(.unknownPooling, in: id, found: bytes.u32(at: 8))
    }
    let flags = bytes.u32(at: 12)
    guard flags <= 1 else { throw EdgeError(.unknownHeadFlag, in: id, found: flags) }
    let epsilon = try epsilon(bytes)
    let classes = try dimension(bytes, at: 20, 1...maximumClasses)
    let tokens = try dimension(bytes, at: 32, 1...maximumTokens)
    let channels = try dimension(bytes, at: 36, 1...maximumChannels)
    let depth = try dimension(bytes, at: 40, 0...maximumDepth)
    let rank = try dimension(bytes, at: 44, 0...maximumRank)
    guard kind == .linear ? depth == 0 && rank == 0 : depth >= 1 && rank >= 1 else {
      throw EdgeError(.badDepth, in: id, found: bytes.u32(at: 40))
    }
    guard bytes.isZero(24..<32), bytes.isZero(48..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    return HeadShape(
      tokens: tokens, channels: channels, classes: classes, depth: depth, rank: rank, pooling: pooling,
      inputNorm: flags & 1 == 1, epsilon: epsilon)
  }

  /// Floats that a network and one sample take at most: input, projections, attention, folded rows, cross products,
  /// classifier. The dimensions' limits keep this far below 2⁶⁴.
  public static func workingFloats(_ shape: HeadShape) -> UInt64 {
    let (t, c) = (UInt64(shape.tokens), UInt64(shape.channels))
    let rows = 4 * UInt64(shape.rank) * UInt64(shape.depth)
    let attention = shape.depth > 0 ? t * t : 0
    return t * c + 2 * t * rows + attention + 2 * rows * c + rows * rows + 2 * UInt64(shape.classes) * c
  }
}
