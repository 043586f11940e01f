/// Which of an image's stored features a head is trained on.
public enum FeatureChoice: Hashable, Sendable, CustomStringConvertible {
  /// The gathered feature `G_k` `[T, C]`; for segmentation its patch tokens as a map, or SegFormer's maps `A_1…A_4`.
  case gather(Int)
  /// The final, normalised class token `[1, C]`: the ordinary linear probe's input. For segmentation the model's own
  /// normalised output maps: a ViT's patch tokens, or the four stages.
  case final

  /// `k=8`, or `final`.
  public var description: String {
    switch self {
    case .gather(let k): "k=\(k)"
    case .final: "final"
    }
  }
}

/// As `8` or `"final"`.
extension FeatureChoice: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let k = try? container.decode(Int.self) {
      self = .gather(k)
    } else if try container.decode(String.self) == "final" {
      self = .final
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a gather depth or \"final\"")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .gather(let k): try container.encode(k)
    case .final: try container.encode("final")
    }
  }
}
