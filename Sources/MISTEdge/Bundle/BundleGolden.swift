/// The bundle's `GOLD` section: an input and the logits that the exporter computed for it, so that a device can check
/// its own arithmetic.
///
/// The input is smaller than the network's (no parameter depends on its size): some of the tokens, the class token first, or
/// smaller maps, with the logits of a few positions of their own output grid.
public struct BundleGolden {
  /// Bytes before the input.
  public static let headerSize = 32
  /// Stands for "no label".
  public static let noLabel: UInt32 = 0xFFFF_FFFF
  /// Most positions of an output grid that a pair has logits of.
  public static let maximumPositions = 8

  /// Element type that the input is stored in.
  public let type: StoredType
  /// The network's shape with the sizes of this input.
  public let shape: NetworkShape
  /// The sample's class where it has one and the exporter knew it.
  public let label: Int?
  /// Most that a logit may differ, relative to the largest expected magnitude or 1.
  public let tolerance: Float
  private let logits: UnsafeRawBufferPointer
  private let scales: UnsafeRawBufferPointer
  private let data: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer, network: NetworkShape) throws(EdgeError) {
    let id = SectionID.golden
    let sizes = Self.headerSize + (network.readout.isPooled ? 0 : 8 * network.streams.count)
    guard bytes.count >= sizes else {
      throw EdgeError(.badSectionSize, in: id, expected: sizes, found: bytes.count)
    }
    guard let type = StoredType(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownGoldenType, in: id, found: bytes.u32(at: 0))
    }
    self.type = type
    if network.readout.isPooled {
      (shape, label) = try Self.tokens(bytes, network)
    } else {
      (shape, label) = (try Self.maps(bytes, network), nil)
    }
    tolerance = bytes.float(at: 20)
    guard tolerance > 0, tolerance <= 1 else { throw EdgeError(.badTolerance, in: id) }
    guard bytes.isZero(24..<32) else { throw EdgeError(.reservedNotZero, in: id) }
    var (tokens, elements) = (0, 0)
    for stream in shape.streams {
      tokens += stream.tokens
      elements += stream.tokens * stream.channels
    }
    // No larger than the network's input, whose limit keeps these sums below 2³¹.
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

  /// The header of a pair for a pooled readout.
  private static func tokens(
    _ bytes: UnsafeRawBufferPointer, _ network: NetworkShape
  ) throws(EdgeError) -> (NetworkShape, label: Int?) {
    let count = try size(bytes, at: 4, network.streams[0].tokens)
    guard let shape = network.golden(tokens: count) else { throw EdgeError(.goldenShape, in: .golden) }
    guard bytes.u32(at: 8) == UInt32(shape.streams[0].channels), bytes.u32(at: 12) == UInt32(shape.classes)
    else { throw EdgeError(.goldenShape, in: .golden) }
    let label = bytes.u32(at: 16)
    guard label == noLabel || label < UInt32(shape.classes) else {
      throw EdgeError(.goldenLabel, in: .golden, found: label)
    }
    return (shape, label == noLabel ? nil : Int(label))
  }

  /// The header of a pair for a dense readout.
  private static func maps(
    _ bytes: UnsafeRawBufferPointer, _ network: NetworkShape
  ) throws(EdgeError) -> NetworkShape {
    guard bytes.u32(at: 4) == UInt32(network.streams.count), bytes.u32(at: 16) == UInt32(network.classes),
      var dense = network.dense
    else { throw EdgeError(.goldenShape, in: .golden) }
    var shape = network
    dense.height = try size(bytes, at: 8, dense.height)
    dense.width = try size(bytes, at: 12, dense.width)
    shape.readout = .dense(dense)
    for index in 0..<network.streams.count {
      let place = headerSize + 8 * index
      shape.streams[index].height = try size(bytes, at: place, network.streams[index].height)
      shape.streams[index].width = try size(bytes, at: place + 4, network.streams[index].width)
    }
    return shape
  }

  /// The number at `offset`, from 1 to `limit`.
  private static func size(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ limit: Int
  ) throws(EdgeError) -> Int {
    let value = bytes.u32(at: offset)
    guard value >= 1, value <= UInt32(limit) else { throw EdgeError(.goldenShape, in: .golden) }
    return Int(value)
  }

  /// How many positions of the output grid a pair of `shape` has logits of.
  public static func positions(_ shape: NetworkShape) -> Int { min(maximumPositions, shape.outputCount) }

  /// Position `index` on the output grid of `shape`, row by row: the middle of one of as many equal parts as there are
  /// positions.
  public static func position(_ index: Int, _ shape: NetworkShape) -> Int {
    (2 * index + 1) * shape.outputCount / (2 * positions(shape))
  }

  /// Writes stream i's `[T_i, C_i]` to `inputs[i]`.
  public func expandInput(into inputs: [UnsafeMutablePointer<Float>]) {
    guard var value = data.baseAddress, var scale = scales.baseAddress else { return }
    for (stream, out) in zip(shape.streams, inputs) {
      StoredRows.expand(
        type, value, scales: scale, rows: stream.tokens, columns: stream.channels, into: out)
      value += stream.tokens * stream.channels * type.size
      scale += type == .int8 ? 4 * stream.tokens : 0
    }
  }

  /// Logits `[outputCount, K]` of the golden input, written to `logits`, and how far they are from the expected ones. Network and
  /// scratch are of this pair's shape.
  public func run<K: EdgeKernels>(
    on network: EdgeNetwork<K>, scratch: NetworkScratch, into found: UnsafeMutablePointer<Float>
  ) -> GoldenResult {
    expandInput(into: scratch.inputs)
    network.forward(scratch: scratch, into: found)
    return compare(found)
  }

  /// How far logits `[outputCount, K]` are from the expected ones.
  public func compare(_ found: UnsafePointer<Float>) -> GoldenResult {
    var result = GoldenResult(tolerance: tolerance)
    for index in 0..<Self.positions(shape) {
      let row = found + Self.position(index, shape) * shape.classes
      for i in 0..<shape.classes {
        result.compare(row[i], to: logit(index * shape.classes + i))
      }
    }
    return result
  }

  /// The expected logit `index` of `[positions, classes]`.
  package func logit(_ index: Int) -> Float { logits.float(at: 4 * index) }
}

extension NetworkShape {
  /// The network of a golden input of `tokens` tokens: of blocks of convolution whole rows of the map. Nil where there is none.
  package func golden(tokens: Int) -> NetworkShape? {
    var shape = self
    // A classifier of every token is of these tokens alone.
    if readout == .pooled(.concat) { return tokens == inputTokens ? self : nil }
    guard depth > 0, function == .dwconv else {
      for i in 0..<shape.streams.count {
        shape.streams[i].height = 1
        shape.streams[i].width = tokens
      }
      return shape
    }
    let (positions, width) = (tokens - streams[0].prefix, streams[0].width)
    guard positions >= width, positions % width == 0 else { return nil }
    shape.streams[0].height = positions / width
    return shape
  }
}
