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
    // Tokens one after another have a kind of their own.
    guard stored.code < Pooling.kinds, stored != Pooling.concat.stored else {
      throw EdgeError(.unknownPooling, in: id, found: bytes.u32(at: 8))
    }
    let flags = bytes.u32(at: 12)
    guard flags <= 1 else { throw EdgeError(.unknownHeadFlag, in: id, found: flags) }
    let epsilon = try epsilon(bytes)
    let classes = try dimension(bytes, at: classesOffset, 1...maximumClasses)
    let tokens = try dimension(bytes, at: 32, 1...maximumTokens)
    let channels = try dimension(bytes, at: 36, 1...maximumChannels)
    let depth = try dimension(bytes, at: 40, 0...maximumDepth)
    let rank = try dimension(bytes, at: 44, 0...maximumRank)
    let function = try function(bytes, kind)
    guard (kind == .linear) == (depth == 0), (depth > 0 && function.hasRank) == (rank > 0) else {
      throw EdgeError(.badDepth, in: id, found: bytes.u32(at: 40))
    }
    guard let pooling = Pooling(stored), kind == .blocks || bytes.isZero(48..<52),
      function == .dwconv || bytes.isZero(52..<64)
    else { throw EdgeError(.reservedNotZero, in: id) }
    guard pooling.isBuilt else { throw EdgeError(.headLeftOut, in: id, found: kind.rawValue) }
    var grid = TokenGrid(prefix: 0, height: 1, width: tokens)
    if function == .dwconv {
      grid = TokenGrid(
        prefix: try dimension(bytes, at: 52, 0...maximumTokens),
        height: try dimension(bytes, at: 56, 1...maximumMapSize),
        width: try dimension(bytes, at: 60, 1...maximumMapSize))
      guard grid.tokens == tokens else {
        throw EdgeError(.badHeadDimension, in: id, expected: UInt64(tokens), found: UInt64(grid.tokens))
      }
    }
    return NetworkShape(
      grid: grid, channels: channels, classes: classes, depth: depth, function: function, rank: rank,
      pooling: pooling, inputNorm: flags & 1 == 1, epsilon: epsilon)
  }

  /// What the blocks compute: attention, unless the kind leaves it to a number that is never attention's.
  private static func function(
    _ bytes: UnsafeRawBufferPointer, _ kind: Kind
  ) throws(EdgeError) -> BlockFunction {
    guard kind == .blocks else { return .attention }
    guard let function = BlockFunction(code: bytes.u32(at: 48)), function != .attention else {
      throw EdgeError(.unknownBlockFunction, in: .head, found: bytes.u32(at: 48))
    }
    return function
  }
}
