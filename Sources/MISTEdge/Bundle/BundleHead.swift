/// The bundle's `HEAD` section: which network the weights belong to.
public enum BundleHead {
  public enum Kind: UInt32, Sendable {
    /// LayerNorm, pooling and a linear classifier.
    case linear = 0
    /// The same after blocks of low-rank attention.
    case lae = 1
  }

  public static let size = 64
  public static let maximumTokens = 1 << 16
  public static let maximumChannels = 1 << 14
  public static let maximumClasses = 1 << 16
  public static let maximumDepth = 64
  public static let maximumRank = 1 << 10
  /// Most floats that running a head may take (512 MiB).
  public static let maximumWorkingFloats = 1 << 27

  static func read(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) -> HeadShape {
    let id = SectionID.head
    guard bytes.count == size else {
      throw EdgeError(.badSectionSize, in: id, expected: size, found: bytes.count)
    }
    guard let kind = Kind(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownHeadKind, in: id, found: bytes.u32(at: 0))
    }
    guard bytes.u32(at: 4) == 1 else { throw EdgeError(.badLevelCount, in: id, found: bytes.u32(at: 4)) }
    guard bytes.u32(at: 8) <= 1, let pooling = HeadShape.Pooling(rawValue: bytes[8]) else {
      throw EdgeError(.unknownPooling, in: id, found: bytes.u32(at: 8))
    }
    let flags = bytes.u32(at: 12)
    guard flags <= 1 else { throw EdgeError(.unknownHeadFlag, in: id, found: flags) }
    let epsilon = bytes.float(at: 16)
    guard epsilon > 0, epsilon <= 1 else { throw EdgeError(.badEpsilon, in: id) }
    let classes = try dimension(bytes, at: 20, 1...maximumClasses)
    let tokens = try dimension(bytes, at: 32, 1...maximumTokens)
    let channels = try dimension(bytes, at: 36, 1...maximumChannels)
    let depth = try dimension(bytes, at: 40, 0...maximumDepth)
    let rank = try dimension(bytes, at: 44, 0...maximumRank)
    guard kind == .linear ? depth == 0 && rank == 0 : depth >= 1 && rank >= 1 else {
      throw EdgeError(.badDepth, in: id, found: bytes.u32(at: 40))
    }
    guard bytes.isZero(24..<32), bytes.isZero(48..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    let shape = HeadShape(
      tokens: tokens, channels: channels, classes: classes, depth: depth, rank: rank, pooling: pooling,
      inputNorm: flags & 1 == 1, epsilon: epsilon)
    let floats = workingFloats(shape)
    guard floats <= UInt64(maximumWorkingFloats) else {
      throw EdgeError(.headTooLarge, in: id, expected: UInt64(maximumWorkingFloats), found: floats)
    }
    return shape
  }

  private static func dimension(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ limits: ClosedRange<Int>
  ) throws(EdgeError) -> Int {
    let value = bytes.u32(at: offset)
    guard value <= UInt32(limits.upperBound), value >= UInt32(limits.lowerBound) else {
      throw EdgeError(.badHeadDimension, in: .head, expected: UInt64(limits.upperBound), found: UInt64(value))
    }
    return Int(value)
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
