import MISTEdge
import MISTFormats
import MISTModels

/// The bytes of each section but the weights and the golden pair.
enum SectionEncoding {
  static func head(_ shape: NetworkShape) -> [UInt8] {
    switch shape.readout {
    case .pooled where shape.body != .streams: body(shape)
    case .pooled(.concat): concat(shape)
    case .pooled(let pooling): head(shape, pooling)
    case .dense(let dense): head(shape, dense)
    }
  }

  private static func head(_ shape: NetworkShape, _ pooling: Pooling) -> [UInt8] {
    let stream = shape.streams[0]
    let linear = stream.depth == 0
    var bytes: [UInt8] = []
    let kind: HeadSection.Kind = linear ? .linear : shape.function == .attention ? .lae : .blocks
    for value in [kind.rawValue, 1, pooling.stored.code, shape.inputNorm ? 1 : 0] {
      bytes.append(integer: value)
    }
    bytes.append(integer: shape.epsilon.bitPattern)
    bytes.append(integer: UInt32(clamping: shape.classes))
    bytes.append(integer: pooling.stored.queries)
    bytes.append(integer: pooling.stored.division)
    for value in [stream.tokens, stream.channels, stream.depth, linear ? 0 : shape.rank] {
      bytes.append(integer: UInt32(clamping: value))
    }
    bytes.append(integer: kind == .blocks ? shape.function.code : 0)
    let isMap = kind == .blocks && shape.function == .dwconv
    for value in [stream.prefix, stream.height, stream.width] {
      bytes.append(integer: isMap ? UInt32(clamping: value) : 0)
    }
    return bytes
  }

  private static func concat(_ shape: NetworkShape) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in [
      HeadSection.Kind.concat.rawValue, UInt32(clamping: shape.streams.count), Pooling.concat.stored.code, 0,
      shape.epsilon.bitPattern, UInt32(clamping: shape.classes),
    ] {
      bytes.append(integer: value)
    }
    bytes.append(zeros: HeadSection.headerSize - bytes.count)
    for stream in shape.streams {
      bytes.append(integer: UInt32(clamping: stream.tokens))
      bytes.append(integer: UInt32(clamping: stream.channels))
      bytes.append(zeros: HeadSection.inputSize - 8)
    }
    return bytes
  }

  private static func body(_ shape: NetworkShape) -> [UInt8] {
    let kind: HeadSection.Kind =
      switch shape.body {
      case .ladder: .lst
      case .transformer: .partial1
      case .injected, .streams: .last
      }
    let block = shape.body.transformer
    var bytes: [UInt8] = []
    bytes.append(integer: kind.rawValue)
    bytes.append(integer: UInt32(clamping: shape.streams.count))
    bytes.append(integer: UInt32(0))
    bytes.append(integer: UInt32(block?.layerScale == true ? 1 : 0))
    bytes.append(integer: shape.epsilon.bitPattern)
    for value in [
      shape.classes, block?.heads ?? 0, block?.hidden ?? 0, shape.inputTokens, shape.channels,
      kind == .lst ? block?.width ?? 0 : 0, shape.rank,
    ] {
      bytes.append(integer: UInt32(clamping: value))
    }
    bytes.append(zeros: 16)
    return bytes
  }

  private static func head(_ shape: NetworkShape, _ dense: DenseShape) -> [UInt8] {
    var bytes: [UInt8] = []
    let kind: HeadSection.Kind = dense.hidden == 0 ? .mapLinear : .mapMLP
    bytes.append(integer: kind.rawValue)
    bytes.append(integer: UInt32(clamping: shape.streams.count))
    bytes.append(integer: UInt32(clamping: shape.rank))
    bytes.append(integer: UInt32((shape.inputNorm ? 1 : 0) + (dense.norm ? 2 : 0)))
    bytes.append(integer: shape.epsilon.bitPattern)
    for value in [shape.classes, dense.hidden, dense.height, dense.width] {
      bytes.append(integer: UInt32(clamping: value))
    }
    bytes.append(zeros: 28)
    for level in shape.streams {
      for value in [level.height, level.width, level.channels, level.depth, level.reduction] {
        bytes.append(integer: UInt32(clamping: value))
      }
      bytes.append(zeros: 12)
    }
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
    let orientation: BundlePreprocessing.Orientation
    switch preprocessing.orientation {
    case .ignore: orientation = .ignore
    case .apply: orientation = .apply
    }
    bytes.append(integer: orientation.rawValue)
    bytes.append(zeros: 12)
    return bytes
  }

  static func source(
    _ feature: Feature, modelHash: String, maps: BundleSource.Maps?, layers: BundleContents.Layers? = nil
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    guard let stored = feature.stored else {
      throw MISTError(
        .exportInconsistent, at: "feature", "a bundle reads no \(feature)",
        advice: "train on a gather, the final features, layer tokens, a block or a ladder")
    }
    bytes.append(integer: stored.kind)
    bytes.append(integer: feature == .layerTokens ? try set(of: layers?.levels ?? []) : stored.number)
    let digits = Array(modelHash.utf8)
    let hash = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    let isHexadecimal = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    guard digits.count == 64, isHexadecimal, hash.count == 32 else {
      throw MISTError(
        .exportInconsistent, at: "model hash", "64 hexadecimal digits are expected, found '\(modelHash)'")
    }
    bytes += hash
    if let layers {
      let depths = layers.depths
      guard depths.allSatisfy((0..<BundleSource.layerLimit).contains) else {
        throw MISTError(
          .exportTooLarge, at: "layers",
          "a bundle names layer tokens of depths below \(BundleSource.layerLimit), found \(depths.max() ?? 0)"
        )
      }
      for byte in 0..<BundleSource.layerLimit / 8 {
        bytes.append(depths.reduce(0) { $1 / 8 == byte ? $0 | 1 << UInt8($1 % 8) : $0 })
      }
      return bytes
    }
    bytes.append(integer: UInt32(clamping: maps?.height ?? 0))
    bytes.append(integer: UInt32(clamping: maps?.width ?? 0))
    bytes.append(integer: try set(of: maps?.levels ?? []))
    bytes.append(zeros: 12)
    return bytes
  }

  /// Ascending numbers of levels as a set of bits, the lowest for level 1.
  private static func set(of levels: [Int]) throws -> UInt32 {
    var set: UInt32 = 0
    for level in levels {
      guard 1...32 ~= level, set >> UInt32(level - 1) == 0 else {
        throw MISTError(
          .exportInconsistent, at: "levels", "ascending numbers from 1 to 32 are expected, found \(level)")
      }
      set |= 1 << UInt32(level - 1)
    }
    return set
  }
}
