import MISTEdge
import MISTFormats

/// The encoded input of a golden pair: signed bytes, one scale per token or position.
struct GoldenEncoding {
  private(set) var scales: [UInt8] = []
  private(set) var codes: [UInt8] = []
  /// What the reader will make of it, `[rows, C]` per level.
  private(set) var values: [[Float]] = []

  /// The tokens of `input` that `size` keeps.
  init(_ input: GoldenInput, size: GoldenSize, shape: HeadShape) throws {
    try Self.check(input, [(shape.tokens, shape.channels)])
    append(input.maps[0], rows: size.tokens(of: shape.tokens), columns: shape.channels)
  }

  /// The positions of `input`, maps of a head of `shape`, nearest to those of the smaller maps of `small`.
  init(_ input: GoldenInput, shape: MapHeadShape, small: MapHeadShape) throws {
    try Self.check(input, shape.levels.map { ($0.tokens, $0.channels) })
    for ((level, kept), values) in zip(zip(shape.levels, small.levels), input.maps) {
      let columns = (0..<kept.width).map { (2 * $0 + 1) * level.width / (2 * kept.width) }
      let rows = (0..<kept.height).flatMap { y in
        columns.map { (2 * y + 1) * level.height / (2 * kept.height) * level.width + $0 }
      }
      append(values, rows: rows, columns: level.channels)
    }
  }

  private static func check(_ input: GoldenInput, _ sizes: [(rows: Int, columns: Int)]) throws {
    guard input.maps.count == sizes.count else {
      throw MISTError(
        .exportInconsistent, at: "golden input",
        "\(sizes.count) levels are expected, found \(input.maps.count)")
    }
    for (values, size) in zip(input.maps, sizes) {
      guard values.count == size.rows * size.columns, values.allSatisfy(\.isFinite) else {
        throw MISTError(
          .exportInconsistent, at: "golden input",
          "\(size.rows) × \(size.columns) finite numbers are expected, found \(values.count) numbers",
          advice: "name the feature store that the head was trained on")
      }
    }
  }

  private mutating func append(_ input: [Float], rows: [Int], columns: Int) {
    var level: [Float] = []
    for row in rows {
      let quantized = QuantizedRow(input[(row * columns)..<((row + 1) * columns)])
      scales.append(floats: [quantized.scale][...])
      codes += quantized.codes.map { UInt8(bitPattern: $0) }
      level += quantized.codes.map { Float($0) * quantized.scale }
    }
    values.append(level)
  }

  /// The `GOLD` section of a classification head.
  func section(shape: HeadShape, label: Int?, tolerance: Float, logits: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: StoredType.int8.rawValue)
    bytes.append(integer: UInt32(values[0].count / shape.channels))
    bytes.append(integer: UInt32(shape.channels))
    bytes.append(integer: UInt32(shape.classes))
    bytes.append(integer: label.map { UInt32(clamping: $0) } ?? BundleGolden.noLabel)
    bytes.append(integer: tolerance.bitPattern)
    bytes.append(zeros: 8)
    bytes.append(floats: logits[...])
    return bytes + scales + codes
  }

  /// The `GOLD` section of a head on maps; `logits` are those of the golden positions.
  func section(small: MapHeadShape, tolerance: Float, logits: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: StoredType.int8.rawValue)
    for value in [small.levels.count, small.outputHeight, small.outputWidth, small.classes] {
      bytes.append(integer: UInt32(clamping: value))
    }
    bytes.append(integer: tolerance.bitPattern)
    bytes.append(zeros: 8)
    for level in small.levels {
      bytes.append(integer: UInt32(clamping: level.height))
      bytes.append(integer: UInt32(clamping: level.width))
    }
    bytes.append(floats: logits[...])
    return bytes + scales + codes
  }
}
