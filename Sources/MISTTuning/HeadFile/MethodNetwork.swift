import MISTEdge

/// A network on tokens whose body is not a residual stream alone: LAST, LST or Partial-1.
package struct MethodNetwork: Hashable, Sendable {
  package var body: Body
  /// Inputs of the network.
  package var maps: Int
  package var tokens: Int
  package var channels: Int
  /// Of LAST's blocks; 0 of the others.
  package var rank: Int
  package var epsilon: Float

  /// What `shape`'s body and inputs are.
  init(_ shape: NetworkShape) {
    body = shape.body
    maps = shape.streams.count
    tokens = shape.inputTokens
    channels = shape.channels
    rank = shape.rank
    epsilon = shape.epsilon
  }

  func shape(classes: Int) -> NetworkShape {
    NetworkShape(
      body: body, inputs: maps, tokens: tokens, channels: channels, classes: classes, rank: rank,
      epsilon: epsilon)
  }
}

extension MethodNetwork: Codable {
  enum CodingKeys: CodingKey {
    case method, maps, tokens, channels, rank, width, heads, hidden, layerScale, epsilon
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Int { try container.decode(Int.self, forKey: key) }
    tokens = try number(.tokens)
    channels = try number(.channels)
    (maps, rank) = (1, 0)
    switch try container.decode(String.self, forKey: .method) {
    case Body.injectedName.description:
      (maps, rank) = (try number(.maps), try number(.rank))
      body = .injected
    case Body.ladderName.description:
      maps = try number(.maps)
      body = .ladder(
        TransformerShape(width: try number(.width), heads: try number(.heads), hidden: try number(.hidden)))
    case Body.transformerName.description:
      body = .transformer(
        TransformerShape(
          width: channels, heads: try number(.heads), hidden: try number(.hidden),
          layerScale: try container.decode(Bool.self, forKey: .layerScale)))
    default:
      throw DecodingError.dataCorruptedError(forKey: .method, in: container, debugDescription: "a method")
    }
    epsilon = try container.decode(Float.self, forKey: .epsilon)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(body.name?.description, forKey: .method)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(channels, forKey: .channels)
    switch body {
    case .streams: break
    case .injected:
      try container.encode(maps, forKey: .maps)
      try container.encode(rank, forKey: .rank)
    case .ladder(let block):
      try container.encode(maps, forKey: .maps)
      try container.encode(block.width, forKey: .width)
      try encode(block, &container)
    case .transformer(let block):
      try encode(block, &container)
      try container.encode(block.layerScale, forKey: .layerScale)
    }
    try container.encode(epsilon, forKey: .epsilon)
  }

  private func encode(_ block: TransformerShape, _ container: inout KeyedEncodingContainer<CodingKeys>) throws
  {
    try container.encode(block.heads, forKey: .heads)
    try container.encode(block.hidden, forKey: .hidden)
  }
}

/// The networks of heads for classification: one that names a method is that method's.
struct TokenNetwork: Codable {
  let network: HeadNetwork

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: MethodNetwork.CodingKeys.self)
    network =
      container.contains(.method)
      ? .method(try MethodNetwork(from: decoder)) : .pooled(try PooledNetwork(from: decoder))
  }

  func encode(to encoder: any Encoder) throws {
    switch network {
    case .pooled(let network): try network.encode(to: encoder)
    case .method(let network): try network.encode(to: encoder)
    case .dense(let network): try network.encode(to: encoder)
    }
  }
}
