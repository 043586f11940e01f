import MISTEdge

/// In heads, recipes and logs a feature is `8` for a gather, or its name (`"final"`, `"layers"`).
extension Feature: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let k = try? container.decode(Int.self) {
      self = .gather(k)
    } else if let feature = Feature(try container.decode(String.self)), !feature.isGather {
      self = feature
    } else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a gather depth or a feature's name")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if case .gather(let k) = self { try container.encode(k) } else { try container.encode(description) }
  }
}

extension Feature {
  /// As options say it: `8` for a gather, or the name of another feature (`final`, `layers`, `side3`); nil for anything else.
  package init?(option text: String) {
    if let k = Int(text), k > 0 {
      self = .gather(k)
    } else if let feature = Feature(text), !feature.isGather {
      self = feature
    } else {
      return nil
    }
  }

  /// As people read it: `k=8`, `final`.
  package var label: String { if case .gather(let k) = self { "k=\(k)" } else { description } }
}

extension Sequence<Feature> {
  /// `k=4, k=8, final`.
  package var labels: String { map(\.label).joined(separator: ", ") }
}
