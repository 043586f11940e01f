/// `HEAD` of a head on maps (segmentation).
extension BundleHead {
  /// Bytes before the first level, and of each level.
  public static let mapHeaderSize = 64
  public static let mapLevelSize = 32
  public static let maximumLevels = 16
  /// Largest height or width of a map, of the output grid and of the image.
  public static let maximumMapSize = 1 << 14
  /// A class map has one byte per position, and 255 stands for "ignored" in masks.
  public static let maximumMapClasses = 255
  public static let maximumReduction = 1 << 10

  static func maps(_ bytes: UnsafeRawBufferPointer, _ kind: Kind) throws(EdgeError) -> MapHeadShape {
    let id = SectionID.head
    let count = Int(truncatingIfNeeded: min(bytes.u32(at: 4), UInt32(maximumLevels) + 1))
    guard 1...maximumLevels ~= count else {
      throw EdgeError(.badLevelCount, in: id, found: bytes.u32(at: 4))
    }
    let size = mapHeaderSize + count * mapLevelSize
    guard bytes.count == size else {
      throw EdgeError(.badSectionSize, in: id, expected: size, found: bytes.count)
    }
    let flags = bytes.u32(at: 12)
    guard flags <= 3 else { throw EdgeError(.unknownHeadFlag, in: id, found: flags) }
    let rank = try dimension(bytes, at: 8, 0...maximumRank)
    let hidden = try dimension(bytes, at: 24, kind == .mapMLP ? 1...maximumChannels : 0...0)
    var shape = MapHeadShape(
      levels: [], outputHeight: try dimension(bytes, at: 28, 1...maximumMapSize),
      outputWidth: try dimension(bytes, at: 32, 1...maximumMapSize),
      classes: try dimension(bytes, at: 20, 1...maximumMapClasses), hidden: hidden, rank: rank,
      inputNorm: flags & 1 != 0, norm: flags & 2 != 0, epsilon: try epsilon(bytes))
    var isZero = bytes.isZero(36..<mapHeaderSize)
    var depth = 0
    for index in 0..<count {
      let row = bytes.part(
        (mapHeaderSize + index * mapLevelSize)..<(mapHeaderSize + (index + 1) * mapLevelSize))
      let level = MapHeadShape.Level(
        height: try dimension(row, at: 0, 1...maximumMapSize),
        width: try dimension(row, at: 4, 1...maximumMapSize),
        channels: try dimension(row, at: 8, 1...maximumChannels),
        depth: try dimension(row, at: 12, 0...maximumDepth),
        reduction: try dimension(row, at: 16, 1...maximumReduction))
      isZero = isZero && row.isZero(20..<mapLevelSize)
      depth = max(depth, level.depth)
      shape.levels.append(level)
    }
    guard (depth > 0) == (rank > 0) else { throw EdgeError(.badDepth, in: id, found: UInt64(rank)) }
    guard isZero else { throw EdgeError(.reservedNotZero, in: id) }
    return shape
  }

  /// Floats that a network and one sample take at most: per level input, product, projections, folded rows, cross products;
  /// classifier and logits. Strips of bounded size apart. The dimensions' limits keep this below 2⁶³.
  public static func workingFloats(_ shape: MapHeadShape) -> UInt64 {
    let outputRows = UInt64(shape.outputRows)
    let classes = UInt64(shape.classes)
    var floats =
      UInt64(shape.outputHeight) * UInt64(shape.outputWidth) * classes + 2 * classes * UInt64(shape.hidden)
    for level in shape.levels {
      let (t, c) = (UInt64(level.height) * UInt64(level.width), UInt64(level.channels))
      let rows = 4 * UInt64(shape.rank) * UInt64(level.depth)
      floats += t * (c + outputRows + 2 * rows) + 2 * (outputRows + rows) * c + rows * rows
    }
    return floats
  }
}
