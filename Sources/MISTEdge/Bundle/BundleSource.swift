/// The bundle's `SRCE` section: the backbone and gather whose features the head was trained on.
public struct BundleSource {
  /// Which maps a head on maps reads.
  public struct Maps: Equatable, Sendable {
    /// Size of the image that the backbone saw.
    public let height: Int
    public let width: Int
    /// One number per level of the head, from 1, ascending: the levels of the backbone's pyramid.
    public let levels: [Int]

    /// The input of a dense readout: height and width in pixels, and the levels that the head reads.
    public init(height: Int, width: Int, levels: [Int]) {
      self.height = height
      self.width = width
      self.levels = levels
    }
  }

  /// Bytes of the section.
  public static let size = 64

  /// A gathered sum or the final features.
  public let feature: Feature
  /// SHA-256 of the converted model, 32 bytes.
  public let modelHash: UnsafeRawBufferPointer
  /// nil for classification.
  public let maps: Maps?

  init(_ bytes: UnsafeRawBufferPointer, network: NetworkShape) throws(EdgeError) {
    let id = SectionID.source
    guard bytes.count == Self.size else {
      throw EdgeError(.badSectionSize, in: id, expected: Self.size, found: bytes.count)
    }
    let (kind, depth) = (bytes.u32(at: 0), bytes.u32(at: 4))
    guard kind <= 1 else { throw EdgeError(.unknownGather, in: id, found: kind) }
    guard kind == 0 ? 1...65535 ~= depth : depth == 0 else {
      throw EdgeError(.badGatherDepth, in: id, found: depth)
    }
    let reserved: Int
    if network.readout.isPooled {
      let tokens = network.streams[0].tokens
      guard kind == 0 || tokens == 1 else {
        throw EdgeError(.badFinalShape, in: id, expected: 1, found: tokens)
      }
      maps = nil
      reserved = 40
    } else {
      maps = try Self.maps(bytes, count: network.streams.count)
      reserved = 52
    }
    guard bytes.isZero(reserved..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    feature = kind == 0 ? .gather(Int(depth)) : .final
    modelHash = bytes.part(8..<40)
  }

  private static func maps(_ bytes: UnsafeRawBufferPointer, count: Int) throws(EdgeError) -> Maps {
    let (height, width, set) = (bytes.u32(at: 40), bytes.u32(at: 44), bytes.u32(at: 48))
    let limits = 1...UInt32(HeadSection.maximumMapSize)
    guard limits ~= height, limits ~= width else { throw EdgeError(.badInputSize, in: .source) }
    guard set.nonzeroBitCount == count else {
      throw EdgeError(.badFeatureLevels, in: .source, expected: count, found: set.nonzeroBitCount)
    }
    var levels: [Int] = []
    for bit in UInt32(0)..<32 where set >> bit & 1 == 1 { levels.append(Int(bit) + 1) }
    return Maps(height: Int(height), width: Int(width), levels: levels)
  }
}
