import MISTEdge
import MISTFormats

/// How much of a feature a bundle carries to check itself with.
public enum GoldenSize: String, CaseIterable, Sendable {
  case none
  /// The class token and up to 15 other tokens, evenly spread.
  case compact
  /// Every token.
  case full

  /// Tokens of `tokens` that are kept, ascending; token 0 is always among them.
  public func tokens(of tokens: Int) -> [Int] {
    switch self {
    case .none: []
    case .full: Array(0..<tokens)
    case .compact: tokens <= 16 ? Array(0..<tokens) : [0] + (0..<15).map { 1 + $0 * (tokens - 1) / 15 }
    }
  }
}

/// A feature to make the golden pair of.
public struct GoldenInput: Sendable {
  /// `[T, C]`, all tokens of the head.
  public var values: [Float]
  /// Its class, where it is known.
  public var label: Int?

  public init(values: [Float], label: Int?) {
    self.values = values
    self.label = label
  }

  /// Nearly normal numbers of mean 0 and variance 1 from SplitMix64 with seed 1: for heads whose features are not at hand.
  public static func synthetic(_ shape: HeadShape) -> GoldenInput {
    var state: UInt64 = 1
    func uniform() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return (Double((z ^ z >> 31) >> 11) + 0.5) / 9_007_199_254_740_992
    }
    let values = (0..<shape.tokens * shape.channels).map { _ in
      // Twelve uniform numbers less six: no library function whose last digit differs between systems.
      Float((0..<12).reduce(-6) { sum, _ in sum + uniform() })
    }
    return GoldenInput(values: values, label: nil)
  }
}

/// The encoded input of a golden pair: signed bytes, one scale per token.
struct GoldenEncoding {
  let tokens: [Int]
  private(set) var scales: [UInt8] = []
  private(set) var codes: [UInt8] = []
  /// What the reader will make of it, `[tokens.count, C]`.
  private(set) var values: [Float] = []

  init(_ input: GoldenInput, size: GoldenSize, shape: HeadShape) throws {
    guard input.values.count == shape.tokens * shape.channels, input.values.allSatisfy(\.isFinite) else {
      throw MISTError(
        .exportInconsistent, at: "golden input",
        "\(shape.tokens) × \(shape.channels) finite numbers are expected, found \(input.values.count) numbers",
        advice: "name the feature store that the head was trained on")
    }
    tokens = size.tokens(of: shape.tokens)
    for token in tokens {
      let row = QuantizedRow(input.values[(token * shape.channels)..<((token + 1) * shape.channels)])
      scales.append(floats: [row.scale][...])
      codes += row.codes.map { UInt8(bitPattern: $0) }
      values += row.codes.map { Float($0) * row.scale }
    }
  }

  /// The `GOLD` section.
  func section(shape: HeadShape, label: Int?, tolerance: Float, logits: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: StoredType.int8.rawValue)
    bytes.append(integer: UInt32(tokens.count))
    bytes.append(integer: UInt32(shape.channels))
    bytes.append(integer: UInt32(shape.classes))
    bytes.append(integer: label.map { UInt32(clamping: $0) } ?? BundleGolden.noLabel)
    bytes.append(integer: tolerance.bitPattern)
    bytes.append(zeros: 8)
    bytes.append(floats: logits[...])
    return bytes + scales + codes
  }
}
