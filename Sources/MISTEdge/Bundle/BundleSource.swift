/// The bundle's `SRCE` section: the backbone and gather whose features the head was trained on.
public struct BundleSource {
  /// Which maps a head on maps reads.
  public struct Maps: Equatable, Sendable {
    /// Size of the image that the backbone saw.
    public let height: Int
    public let width: Int
    /// The image's.
    public var size: MapSize { MapSize(height: height, width: width) }
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

  /// What the head reads.
  public let feature: Feature
  /// The stored tensor of each of the network's streams.
  public let tensors: [FeatureKey]
  /// The i of the F_i whose layer tokens the head reads, ascending; empty unless it reads layer tokens.
  public let layers: [Int]
  /// SHA-256 of the converted model, 32 bytes.
  public let modelHash: UnsafeRawBufferPointer
  #if MIST_LAE_ALONE
    /// nil: there are no heads on maps.
    public var maps: Maps? { nil }
  #else
    /// nil for classification.
    public private(set) var maps: Maps?
  #endif

  init(
    _ bytes: UnsafeRawBufferPointer, network: NetworkShape, minimumReader: UInt32
  ) throws(EdgeError) {
    let id = SectionID.source
    guard bytes.count == Self.size else {
      throw EdgeError(.badSectionSize, in: id, expected: Self.size, found: bytes.count)
    }
    let (kind, number) = (bytes.u32(at: 0), bytes.u32(at: 4))
    let feature = try Self.feature(kind, number, network)
    guard minimumReader >= feature.minimumReader else {
      throw EdgeError(
        .badMapsVersion, in: id, expected: UInt64(feature.minimumReader), found: UInt64(minimumReader))
    }
    var layers: [Int] = []
    let reserved: Int
    if !network.readout.isPooled {
      guard kind <= 1 else { throw EdgeError(.unknownGather, in: id, found: kind) }
      let maps = try Self.maps(bytes, count: network.streams.count)
      #if !MIST_LAE_ALONE
        self.maps = maps
      #endif
      tensors = maps.levels.map { FeatureKey(feature, level: $0) }
      reserved = 52
    } else {
      if feature == .layerTokens {
        layers = Self.numbers(bytes.part(40..<64))
        tensors = try Self.layerTensors(levels: number, layers.count, network)
      } else {
        tensors = try Self.tokenTensors(feature, network)
      }
      reserved = feature == .layerTokens ? 64 : 40
    }
    guard bytes.isZero(reserved..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    self.feature = feature
    self.layers = layers
    modelHash = bytes.part(8..<40)
  }

  private static func maps(_ bytes: UnsafeRawBufferPointer, count: Int) throws(EdgeError) -> Maps {
    let (height, width, set) = (bytes.u32(at: 40), bytes.u32(at: 44), bytes.u32(at: 48))
    let limits = 1...UInt32(HeadSection.maximumMapSize)
    guard limits ~= height, limits ~= width else { throw EdgeError(.badInputSize, in: .source) }
    guard set.nonzeroBitCount == count else {
      throw EdgeError(.badFeatureLevels, in: .source, expected: count, found: set.nonzeroBitCount)
    }
    let levels = numbers(bytes.part(48..<52))
    return Maps(height: Int(height), width: Int(width), levels: levels.map { $0 + 1 })
  }
}
