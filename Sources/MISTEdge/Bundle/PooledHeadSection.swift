/// `HEAD` of a network with a pooled readout.
extension HeadSection {
  /// Bytes of it, and before the first level of a dense one.
  public static let headerSize = 64

  static func pooled(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) throws(EdgeError) -> NetworkShape {
    let id = SectionID.head
    guard bytes.count == headerSize else {
      throw EdgeError(.badSectionSize, in: id, expected: headerSize, found: bytes.count)
    }
    guard bytes.u32(at: 4) == 1 else { throw EdgeError(.badLevelCount, in: id, found: bytes.u32(at: 4)) }
    let stored = StoredPooling(
      code: bytes.u32(at: 8), queries: bytes.u32(at: 24), division: bytes.u32(at: 28))
    guard stored.code < Pooling.kinds else {
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
    guard let pooling = Pooling(stored), bytes.isZero(48..<64) else {
      throw EdgeError(.reservedNotZero, in: id)
    }
    return NetworkShape(
      tokens: tokens, channels: channels, classes: classes, depth: depth, rank: rank, pooling: pooling,
      inputNorm: flags & 1 == 1, epsilon: epsilon)
  }
}
