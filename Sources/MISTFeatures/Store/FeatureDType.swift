import MISTFormats

/// How gathered features are stored. Everything is handed out as f32.
public enum FeatureDType: String, Codable, CaseIterable, Hashable, Sendable {
  case f32
  case f16
  /// One signed byte per value and one f32 scale per token or map position.
  case int8

  /// The element type of the features' tensors.
  public var elements: DType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .int8: .i8
    }
  }

  /// Bytes of features of `tokens` rows, scales included.
  public func bytes(tokens: Int, channels: Int) -> Int {
    tokens * (channels * elements.size + (self == .int8 ? 4 : 0))
  }
}
