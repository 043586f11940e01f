/// `GOLD` of a head on maps: smaller maps than the head's (no parameter depends on their size), and the logits that the
/// exporter computed for them at a few positions of their own output grid.
public struct MapGolden {
  public static let headerSize = 32
  public static let maximumPositions = 8

  public let type: StoredType
  /// The head's shape with the sizes of these maps and of their output grid.
  public let shape: MapHeadShape
  /// Most that a logit may differ, relative to the largest expected magnitude or 1.
  public let tolerance: Float
  private let logits: UnsafeRawBufferPointer
  private let scales: UnsafeRawBufferPointer
  private let data: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer, head: MapHeadShape) throws(EdgeError) {
    let id = SectionID.golden
    let sizes = Self.headerSize + 8 * head.levels.count
    guard bytes.count >= sizes else {
      throw EdgeError(.badSectionSize, in: id, expected: sizes, found: bytes.count)
    }
    guard let type = StoredType(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownGoldenType, in: id, found: bytes.u32(at: 0))
    }
    guard bytes.u32(at: 4) == UInt32(head.levels.count), bytes.u32(at: 16) == UInt32(head.classes) else {
      throw EdgeError(.goldenShape, in: id)
    }
    var shape = head
    shape.outputHeight = try Self.size(bytes, at: 8, head.outputHeight)
    shape.outputWidth = try Self.size(bytes, at: 12, head.outputWidth)
    var (tokens, elements) = (0, 0)
    for index in 0..<head.levels.count {
      let place = Self.headerSize + 8 * index
      shape.levels[index].height = try Self.size(bytes, at: place, head.levels[index].height)
      shape.levels[index].width = try Self.size(bytes, at: place + 4, head.levels[index].width)
      tokens += shape.levels[index].tokens
      elements += shape.levels[index].tokens * head.levels[index].channels
    }
    tolerance = bytes.float(at: 20)
    guard tolerance > 0, tolerance <= 1 else { throw EdgeError(.badTolerance, in: id) }
    guard bytes.isZero(24..<32) else { throw EdgeError(.reservedNotZero, in: id) }
    self.type = type
    self.shape = shape
    // No larger than the head's maps, whose limit keeps these sums below 2³¹.
    let count = Self.positions(shape) * shape.classes
    let afterLogits = sizes + 4 * count
    let afterScales = afterLogits + (type == .int8 ? 4 * tokens : 0)
    let end = afterScales + elements * type.size
    guard bytes.count == end else { throw EdgeError(.goldenSize, in: id, expected: end, found: bytes.count) }
    logits = bytes.part(sizes..<afterLogits)
    scales = bytes.part(afterLogits..<afterScales)
    data = bytes.part(afterScales..<end)
    guard let logit = logits.baseAddress, let scale = scales.baseAddress, let value = data.baseAddress,
      StoredRows.areFinite(logit, count: count), StoredRows.areScales(scale, count: scales.count / 4),
      StoredRows.areFinite(type, value, count: elements)
    else { throw EdgeError(.goldenNotFinite, in: id) }
  }

  private static func size(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ limit: Int
  ) throws(EdgeError) -> Int {
    let value = bytes.u32(at: offset)
    guard value >= 1, value <= UInt32(limit) else { throw EdgeError(.goldenShape, in: .golden) }
    return Int(value)
  }

  /// How many positions of the output grid a pair for maps of `shape` has logits of.
  public static func positions(_ shape: MapHeadShape) -> Int { min(maximumPositions, shape.outputCount) }

  /// Position `index` on the output grid of `shape`, row by row: the middle of one of as many equal parts as there are
  /// positions.
  public static func position(_ index: Int, _ shape: MapHeadShape) -> Int {
    (2 * index + 1) * shape.outputCount / (2 * positions(shape))
  }

  /// Writes the maps, level i's `[T_i, C_i]` to `inputs[i]`.
  public func expandInput(into inputs: [UnsafeMutablePointer<Float>]) {
    guard var value = data.baseAddress, var scale = scales.baseAddress else { return }
    for (level, out) in zip(shape.levels, inputs) {
      StoredRows.expand(
        type, value, scales: scale, rows: level.tokens, columns: level.channels, into: out)
      value += level.tokens * level.channels * type.size
      scale += type == .int8 ? 4 * level.tokens : 0
    }
  }

  /// How far logits `[H'·W', K]` on the output grid are from the expected ones.
  public func compare(_ found: UnsafePointer<Float>) -> GoldenResult {
    var result = GoldenResult(tolerance: tolerance)
    for index in 0..<Self.positions(shape) {
      let row = found + Self.position(index, shape) * shape.classes
      for i in 0..<shape.classes {
        result.compare(row[i], to: logits.float(at: 4 * (index * shape.classes + i)))
      }
    }
    return result
  }
}
