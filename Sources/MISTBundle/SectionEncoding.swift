import MISTEdge
import MISTFormats
import MISTModels

/// The bytes of each section but the weights and the golden pair.
enum SectionEncoding {
  static func head(_ shape: HeadShape) -> [UInt8] {
    let linear = shape.depth == 0
    var bytes: [UInt8] = []
    let kind: BundleHead.Kind = linear ? .linear : .lae
    for value in [kind.rawValue, 1, UInt32(shape.pooling.rawValue), shape.inputNorm ? 1 : 0] {
      bytes.append(integer: value)
    }
    bytes.append(integer: shape.epsilon.bitPattern)
    bytes.append(integer: UInt32(clamping: shape.classes))
    bytes.append(zeros: 8)
    for value in [shape.tokens, shape.channels, shape.depth, linear ? 0 : shape.rank] {
      bytes.append(integer: UInt32(clamping: value))
    }
    bytes.append(zeros: 16)
    return bytes
  }

  static func labels(_ labels: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    var text: [UInt8] = []
    bytes.append(integer: UInt32(clamping: labels.count))
    bytes.append(integer: UInt32(0))
    for label in labels {
      text.append(contentsOf: label.utf8)
      bytes.append(integer: UInt32(clamping: text.count))
    }
    return bytes + text
  }

  static func preprocessing(_ preprocessing: Preprocessing) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let resize: [Int]
    switch preprocessing.resize {
    case .exact(let height, let width): resize = [0, height, width]
    case .shortestEdge(let edge): resize = [1, edge, 0]
    }
    let crop = preprocessing.crop ?? [0, 0]
    guard crop.count == 2, preprocessing.mean.count == 3, preprocessing.std.count == 3 else {
      throw MISTError(
        .exportInconsistent, at: "preprocessing",
        "a crop has 2 numbers, mean and standard deviation 3 each; it has \(crop.count), "
          + "\(preprocessing.mean.count) and \(preprocessing.std.count)")
    }
    for value in resize + crop { bytes.append(integer: UInt32(clamping: value)) }
    let interpolation: BundlePreprocessing.Interpolation
    switch preprocessing.interpolation {
    case .bilinear: interpolation = .bilinear
    case .bicubic: interpolation = .bicubic
    }
    bytes.append(integer: interpolation.rawValue)
    bytes.append(floats: (preprocessing.mean + preprocessing.std)[...])
    bytes.append(zeros: 16)
    return bytes
  }

  static func source(_ gather: BundleContents.Gather, modelHash: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    switch gather {
    case .sum(let depth):
      bytes.append(integer: UInt32(0))
      bytes.append(integer: UInt32(clamping: depth))
    case .final:
      bytes.append(integer: UInt32(1))
      bytes.append(integer: UInt32(0))
    }
    let digits = Array(modelHash.utf8)
    let hash = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    let isHexadecimal = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    guard digits.count == 64, isHexadecimal, hash.count == 32 else {
      throw MISTError(
        .exportInconsistent, at: "model hash", "64 hexadecimal digits are expected, found '\(modelHash)'")
    }
    return bytes + hash + [UInt8](repeating: 0, count: 24)
  }

  static func weights(_ encoder: WeightEncoder, type: StoredType, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: type.rawValue)
    bytes.append(integer: UInt32(0))
    bytes.append(integer: UInt64(count))
    bytes.append(zeros: 48)
    return bytes + encoder.bytes
  }
}
