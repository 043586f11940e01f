/// The configuration of a model of any architecture that the suite runs. Encodes as the architecture's own object; which one
/// that is stands beside it (`mist.architecture` in a checkpoint).
public enum ModelConfiguration: Hashable, Sendable {
  case vit(ViTConfiguration)
  case segformer(SegFormerConfiguration)

  /// `mist.architecture`.
  public enum Architecture: String, Codable, Hashable, Sendable, CaseIterable { case vit, segformer }

  public var architecture: Architecture {
    switch self {
    case .vit: .vit
    case .segformer: .segformer
    }
  }

  /// The configuration of a ViT, or nil.
  public var vit: ViTConfiguration? { if case .vit(let c) = self { c } else { nil } }
  /// The configuration of a SegFormer, or nil.
  public var segformer: SegFormerConfiguration? { if case .segformer(let c) = self { c } else { nil } }

  /// Blocks N, over all stages.
  public var depth: Int {
    switch self {
    case .vit(let c): c.depth
    case .segformer(let c): c.depth
    }
  }

  /// The configuration without what stands behind the backbone: what features depend on.
  public var backbone: ModelConfiguration {
    switch self {
    case .vit(var c):
      c.classifier = nil
      return .vit(c)
    case .segformer(var c):
      (c.decodeHead, c.classifier) = (nil, nil)
      return .segformer(c)
    }
  }

  /// The linear layer that scores classes of images, if there is one.
  public var classifier: ImageClassifier? {
    switch self {
    case .vit(let c): c.classifier
    case .segformer(let c): c.classifier
    }
  }

  /// Classes of the decode head or the classifier, if there is either.
  public var classes: Int? { segformer?.decodeHead?.classes ?? classifier?.classes }

  /// What is impossible about these values, or nil.
  public var flaw: String? {
    switch self {
    case .vit(let c): c.flaw
    case .segformer(let c): c.flaw
    }
  }

  /// Every tensor that a checkpoint of this configuration holds, in canonical order, with its shape.
  public var tensors: [(name: String, shape: [Int])] {
    switch self {
    case .vit(let c): ViTTensors.all(c)
    case .segformer(let c): SegFormerTensors.all(c)
    }
  }
}

extension ModelConfiguration: Encodable {
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .vit(let c): try c.encode(to: encoder)
    case .segformer(let c): try c.encode(to: encoder)
    }
  }
}

extension ModelConfiguration: Decodable {
  /// Told apart by `stages`, which only a SegFormer has.
  public init(from decoder: any Decoder) throws {
    enum Keys: String, CodingKey { case stages }
    let keys = try decoder.container(keyedBy: Keys.self)
    self = keys.contains(.stages) ? .segformer(try .init(from: decoder)) : .vit(try .init(from: decoder))
  }
}
