/// The bundle's `GOLD` section: an input and the logits that the exporter computed for it, so that a device can check
/// its own arithmetic. This one is for classification; `MapGolden` for heads on maps.
public struct BundleGolden {
  public static let headerSize = 32
  /// Stands for "no label".
  public static let noLabel: UInt32 = 0xFFFF_FFFF

  public let type: StoredType
  /// Tokens of the input, a subset of the head's that keeps the class token first.
  public let tokens: Int
  public let channels: Int
  /// The sample's class where the exporter knew it.
  public let label: Int?
  /// Most that a logit may differ, relative to the largest expected magnitude or 1.
  public let tolerance: Float
  private let logits: UnsafeRawBufferPointer
  private let scales: UnsafeRawBufferPointer
  private let data: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer, shape: HeadShape) throws(EdgeError) {
    let id = SectionID.golden
    guard bytes.count >= Self.headerSize else {
      throw EdgeError(.badSectionSize, in: id, expected: Self.headerSize, found: bytes.count)
    }
    guard let type = StoredType(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownGoldenType, in: id, found: bytes.u32(at: 0))
    }
    let (tokens, label) = (bytes.u32(at: 4), bytes.u32(at: 16))
    guard tokens >= 1, tokens <= UInt32(shape.tokens), bytes.u32(at: 8) == UInt32(shape.channels),
      bytes.u32(at: 12) == UInt32(shape.classes)
    else { throw EdgeError(.goldenShape, in: id) }
    guard label == Self.noLabel || label < UInt32(shape.classes) else {
      throw EdgeError(.goldenLabel, in: id, found: label)
    }
    tolerance = bytes.float(at: 20)
    guard tolerance > 0, tolerance <= 1 else { throw EdgeError(.badTolerance, in: id) }
    guard bytes.isZero(24..<32) else { throw EdgeError(.reservedNotZero, in: id) }
    self.type = type
    self.tokens = Int(tokens)
    channels = shape.channels
    self.label = label == Self.noLabel ? nil : Int(label)
    // The head's limits keep these sums below 2³¹.
    let afterLogits = Self.headerSize + 4 * shape.classes
    let afterScales = afterLogits + (type == .int8 ? 4 * self.tokens : 0)
    let end = afterScales + self.tokens * channels * type.size
    guard bytes.count == end else { throw EdgeError(.goldenSize, in: id, expected: end, found: bytes.count) }
    logits = bytes.part(Self.headerSize..<afterLogits)
    scales = bytes.part(afterLogits..<afterScales)
    data = bytes.part(afterScales..<end)
    guard let logit = logits.baseAddress, let scale = scales.baseAddress, let value = data.baseAddress,
      StoredRows.areFinite(logit, count: shape.classes),
      StoredRows.areScales(scale, count: scales.count / 4),
      StoredRows.areFinite(type, value, count: self.tokens * channels)
    else { throw EdgeError(.goldenNotFinite, in: id) }
  }

  /// Expected logit of class `index`, which must be below the number of classes.
  public func expected(_ index: Int) -> Float {
    precondition(index >= 0 && index < logits.count / 4)
    return logits.float(at: 4 * index)
  }

  /// Writes the input `[tokens, channels]` as floats.
  public func expandInput(into out: UnsafeMutablePointer<Float>) {
    guard let value = data.baseAddress, let scale = scales.baseAddress else { return }
    StoredRows.expand(type, value, scales: scale, rows: tokens, columns: channels, into: out)
  }
}
