/// `HEAD` of a network with a dense readout.
extension HeadSection {
  /// Bytes of each level.
  public static let mapLevelSize = 32
  public static let maximumLevels = 16
  /// Largest height or width of a map, of the output grid and of the image.
  public static let maximumMapSize = MapSize.largestSide
  /// A class map has one byte per position, and 255 stands for "ignored" in masks.
  public static let maximumMapClasses = 255
  public static let maximumReduction = 1 << 10

  static func dense(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) throws(EdgeError) -> NetworkShape {
    let id = SectionID.head
    let count = Int(truncatingIfNeeded: min(bytes.u32(at: 4), UInt32(maximumLevels) + 1))
    guard 1...maximumLevels ~= count else {
      throw EdgeError(.badLevelCount, in: id, found: bytes.u32(at: 4))
    }
    let size = headerSize + count * mapLevelSize
    guard bytes.count == size else {
      throw EdgeError(.badSectionSize, in: id, expected: size, found: bytes.count)
    }
    let flags = bytes.u32(at: 12)
    guard flags <= 3 else { throw EdgeError(.unknownHeadFlag, in: id, found: flags) }
    let rank = try dimension(bytes, at: 8, 0...maximumRank)
    let hidden = try dimension(bytes, at: 24, kind == .mapMLP ? 1...maximumChannels : 0...0)
    var shape = NetworkShape(
      levels: [], outputHeight: try dimension(bytes, at: 28, 1...maximumMapSize),
      outputWidth: try dimension(bytes, at: 32, 1...maximumMapSize),
      classes: try dimension(bytes, at: classesOffset, 1...maximumMapClasses), hidden: hidden, rank: rank,
      inputNorm: flags & 1 != 0, norm: flags & 2 != 0, epsilon: try epsilon(bytes))
    var isZero = bytes.isZero(36..<headerSize)
    var depth = 0
    for index in 0..<count {
      let row = bytes.part(
        (headerSize + index * mapLevelSize)..<(headerSize + (index + 1) * mapLevelSize))
      let level = StreamShape(
        height: try dimension(row, at: 0, 1...maximumMapSize),
        width: try dimension(row, at: 4, 1...maximumMapSize),
        channels: try dimension(row, at: 8, 1...maximumChannels),
        depth: try dimension(row, at: 12, 0...maximumDepth),
        reduction: try dimension(row, at: 16, 1...maximumReduction))
      isZero = isZero && row.isZero(20..<mapLevelSize)
      depth = max(depth, level.depth)
      shape.streams.append(level)
    }
    guard (depth > 0) == (rank > 0) else { throw EdgeError(.badDepth, in: id, found: UInt64(rank)) }
    guard isZero else { throw EdgeError(.reservedNotZero, in: id) }
    return shape
  }
}
