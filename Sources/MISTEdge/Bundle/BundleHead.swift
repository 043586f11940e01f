/// The bundle's `HEAD` section: which network the weights belong to.
public enum BundleHead: Equatable, Sendable {
  /// Tokens to one class.
  case classification(HeadShape)
  /// Maps to a class per position.
  case segmentation(MapHeadShape)

  public enum Kind: UInt32, Sendable {
    /// LayerNorm, pooling and a linear classifier.
    case linear = 0
    /// The same after blocks of low-rank attention.
    case lae = 1
    /// Heads on maps, the levels' blocks of attention included: logits are the sum of the levels' products,
    case mapLinear = 2
    /// or come out of a ReLU and a classifier behind it.
    case mapMLP = 3
  }

  public static let maximumTokens = 1 << 16
  public static let maximumChannels = 1 << 14
  public static let maximumClasses = 1 << 16
  public static let maximumDepth = 64
  public static let maximumRank = 1 << 10
  /// Most floats that running a head may take (512 MiB).
  public static let maximumWorkingFloats = 1 << 27

  /// Classes K.
  public var classes: Int {
    switch self {
    case .classification(let shape): shape.classes
    case .segmentation(let shape): shape.classes
    }
  }

  init(_ bytes: UnsafeRawBufferPointer, minimumReader: UInt32) throws(EdgeError) {
    guard bytes.count >= Self.classificationSize else {
      throw EdgeError(.badSectionSize, in: .head, expected: Self.classificationSize, found: bytes.count)
    }
    guard let kind = Kind(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownHeadKind, in: .head, found: bytes.u32(at: 0))
    }
    let floats: UInt64
    switch kind {
    case .linear, .lae:
      let shape = try Self.tokens(bytes, kind)
      floats = Self.workingFloats(shape)
      self = .classification(shape)
    case .mapLinear, .mapMLP:
      guard minimumReader >= 2 else {
        throw EdgeError(.badMapsVersion, in: .head, expected: 2, found: UInt64(minimumReader))
      }
      let shape = try Self.maps(bytes, kind)
      floats = Self.workingFloats(shape)
      self = .segmentation(shape)
    }
    guard floats <= UInt64(Self.maximumWorkingFloats) else {
      throw EdgeError(.headTooLarge, in: .head, expected: UInt64(Self.maximumWorkingFloats), found: floats)
    }
  }

  /// The number at `offset`, which must be within `limits`.
  @inline(never)
  static func dimension(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ limits: ClosedRange<Int>
  ) throws(EdgeError) -> Int {
    let value = bytes.u32(at: offset)
    guard value <= UInt32(limits.upperBound), value >= UInt32(limits.lowerBound) else {
      throw EdgeError(.badHeadDimension, in: .head, expected: UInt64(limits.upperBound), found: UInt64(value))
    }
    return Int(value)
  }

  static func epsilon(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) -> Float {
    let epsilon = bytes.float(at: 16)
    guard epsilon > 0, epsilon <= 1 else { throw EdgeError(.badEpsilon, in: .head) }
    return epsilon
  }
}
