// Text is for hosts: a runtime compares bytes.
#if !hasFeature(Embedded)
  extension StoredType: CaseIterable, Codable, CustomStringConvertible, LosslessStringConvertible {
    public static let allCases: [StoredType] = [.f32, .f16, .int8]

    /// As options, manifests and heads write it: `f32`, `f16`, `int8`.
    public var description: String {
      switch self {
      case .f32: "f32"
      case .f16: "f16"
      case .int8: "int8"
      }
    }

    /// The type called `name`; nil for other names.
    public init?(_ name: String) {
      guard let type = Self.allCases.first(where: { $0.description == name }) else { return nil }
      self = type
    }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      guard let type = Self(try container.decode(String.self)) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "f32, f16 or int8 is expected")
      }
      self = type
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(description)
    }
  }
#endif
