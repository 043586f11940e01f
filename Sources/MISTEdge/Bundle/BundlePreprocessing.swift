/// The bundle's `PREP` section: how an image became the backbone's input, in numbers that a device can follow.
public struct BundlePreprocessing: Equatable, Sendable {
  /// How an image's size is made the backbone's.
  public enum Resize: UInt32, Sendable {
    /// To exactly height × width.
    case exact = 0
    /// So that the shorter edge has `height` pixels, keeping the aspect ratio; `width` is 0.
    case shortestEdge = 1
  }

  /// Antialiased when shrinking, as PIL does.
  public enum Interpolation: UInt32, Sendable {
    case bilinear = 0
    case bicubic = 1
  }

  /// What becomes of the orientation in a photograph's EXIF data.
  public enum Orientation: UInt32, Sendable {
    /// Pixels are taken as they are stored.
    case ignore = 0
    /// The image is turned by it before everything else.
    case apply = 1
  }

  /// Bytes of the section.
  public static let size = 64

  /// The resize; `height` and `width` in pixels are its target, of which the shortest edge's width is 0.
  public var resize: Resize
  public var height: Int
  public var width: Int
  /// Centre crop after the resize; 0 × 0 for none.
  public var cropHeight: Int
  public var cropWidth: Int
  public var interpolation: Interpolation
  /// Of pixels scaled to 0…1; red, green, blue.
  public var mean: (Float, Float, Float)
  public var deviation: (Float, Float, Float)
  /// Ignored in bundles from before there was a choice.
  public var orientation: Orientation

  /// The preprocessing of these numbers; nothing is checked.
  public init(
    resize: Resize, height: Int, width: Int, cropHeight: Int, cropWidth: Int, interpolation: Interpolation,
    mean: (Float, Float, Float), deviation: (Float, Float, Float), orientation: Orientation = .ignore
  ) {
    self.resize = resize
    self.height = height
    self.width = width
    self.cropHeight = cropHeight
    self.cropWidth = cropWidth
    self.interpolation = interpolation
    self.mean = mean
    self.deviation = deviation
    self.orientation = orientation
  }

  init(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) {
    let id = SectionID.preprocessing
    guard bytes.count == Self.size else {
      throw EdgeError(.badSectionSize, in: id, expected: Self.size, found: bytes.count)
    }
    guard let resize = Resize(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownResize, in: id, found: bytes.u32(at: 0))
    }
    let (height, width) = (bytes.u32(at: 4), bytes.u32(at: 8))
    let sides = 1...UInt32(MapSize.largestSide)
    guard sides ~= height, resize == .exact ? sides ~= width : width == 0 else {
      throw EdgeError(.badImageSize, in: id)
    }
    let (cropHeight, cropWidth) = (bytes.u32(at: 12), bytes.u32(at: 16))
    guard (cropHeight == 0) == (cropWidth == 0), cropHeight <= sides.upperBound,
      cropWidth <= sides.upperBound,
      resize == .shortestEdge || (cropHeight <= height && cropWidth <= width)
    else { throw EdgeError(.badCrop, in: id) }
    guard let interpolation = Interpolation(rawValue: bytes.u32(at: 20)) else {
      throw EdgeError(.unknownInterpolation, in: id, found: bytes.u32(at: 20))
    }
    for offset in stride(from: 24, to: 36, by: 4) {
      let deviation = bytes.float(at: offset + 12)
      guard bytes.float(at: offset).isFinite, deviation.isFinite, deviation > 0 else {
        throw EdgeError(.badNormalisation, in: id)
      }
    }
    guard let orientation = Orientation(rawValue: bytes.u32(at: 48)) else {
      throw EdgeError(.unknownOrientation, in: id, found: bytes.u32(at: 48))
    }
    guard bytes.isZero(52..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    self.init(
      resize: resize, height: Int(height), width: Int(width), cropHeight: Int(cropHeight),
      cropWidth: Int(cropWidth), interpolation: interpolation,
      mean: (bytes.float(at: 24), bytes.float(at: 28), bytes.float(at: 32)),
      deviation: (bytes.float(at: 36), bytes.float(at: 40), bytes.float(at: 44)),
      orientation: orientation)
  }

  public static func == (a: BundlePreprocessing, b: BundlePreprocessing) -> Bool {
    a.resize == b.resize && a.height == b.height && a.width == b.width && a.cropHeight == b.cropHeight
      && a.cropWidth == b.cropWidth && a.interpolation == b.interpolation && a.mean == b.mean
      && a.deviation == b.deviation && a.orientation == b.orientation
  }
}
