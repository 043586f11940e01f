import MISTEdge
import MISTFormats

/// The encoded input of a golden pair: signed bytes, one scale per token or position.
struct GoldenEncoding {
  private(set) var scales: [UInt8] = []
  private(set) var codes: [UInt8] = []
  /// What the reader will make of it, `[rows, C]` per level.
  private(set) var values: [[Float]] = []

  /// The network's shape for this input.
  let shape: NetworkShape

  /// The tokens of `input` that `size` keeps; of maps of a network of `shape`, the positions nearest to those of the smaller maps.
  init(_ input: GoldenInput, size: GoldenSize, shape: NetworkShape) throws {
    self.shape = size.shape(of: shape)
    try Self.check(input, shape.streams.map { ($0.tokens, $0.channels) })
    for ((stream, kept), values) in zip(zip(shape.streams, self.shape.streams), input.maps) {
      let rows: [Int]
      if shape.readout.isPooled {
        rows = shape.pooling == .concat ? Array(0..<stream.tokens) : size.tokens(of: shape)
      } else {
        let columns = (0..<kept.width).map { (2 * $0 + 1) * stream.width / (2 * kept.width) }
        rows = (0..<kept.height).flatMap { y in
          columns.map { (2 * y + 1) * stream.height / (2 * kept.height) * stream.width + $0 }
        }
      }
      append(values, rows: rows, columns: stream.channels)
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

  /// The `GOLD` section; `logits` are those of the golden positions.
  func section(label: Int?, tolerance: Float, logits: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: StoredType.int8.rawValue)
    if let dense = shape.dense {
      for value in [shape.streams.count, dense.height, dense.width, shape.classes] {
        bytes.append(integer: UInt32(clamping: value))
      }
    } else {
      for value in [shape.streams[0].tokens, shape.streams[0].channels, shape.classes] {
        bytes.append(integer: UInt32(clamping: value))
      }
      bytes.append(integer: label.map { UInt32(clamping: $0) } ?? BundleGolden.noLabel)
    }
    bytes.append(integer: tolerance.bitPattern)
    bytes.append(zeros: 8)
    if shape.dense != nil {
      for stream in shape.streams {
        bytes.append(integer: UInt32(clamping: stream.height))
        bytes.append(integer: UInt32(clamping: stream.width))
      }
    }
    bytes.append(floats: logits[...])
    return bytes + scales + codes
  }
}
