import MISTEdge

/// A network on tokens.
package struct PooledNetwork: Hashable, Sendable {
  /// The layer tokens of one stage of a model.
  package struct Stage: Codable, Hashable, Sendable {
    /// Its number, from 1.
    package var level: Int
    package var tokens: Int
    package var channels: Int
  }

  /// Of layer tokens of a model with stages, whose channels differ; nil of one tensor `[tokens, channels]`.
  package var stages: [Stage]?
  /// Of all stages together, and of the first.
  package var tokens: Int
  package var channels: Int
  package var depth: Int
  /// What the blocks compute, and how the tokens of a convolution lie.
  package var function: BlockFunction
  package var grid: TokenGrid?
  /// 0 of a function that has none.
  package var rank: Int
  package var pooling: Pooling
  package var inputNorm: Bool
  package var epsilon: Float

  /// `levels`: the numbers of the stages that the streams are of; empty where there are no stages.
  init(_ shape: NetworkShape, _ pooling: Pooling, levels: [Int]) {
    if !levels.isEmpty {
      stages = zip(levels, shape.streams).map { Stage(level: $0, tokens: $1.tokens, channels: $1.channels) }
    }
    tokens = shape.tokens
    channels = shape.streams.first?.channels ?? 0
    depth = shape.depth
    function = shape.depth > 0 ? shape.function : .attention
    rank = function.hasRank ? shape.rank : 0
    if function == .dwconv, let stream = shape.streams.first {
      grid = TokenGrid(prefix: stream.prefix, height: stream.height, width: stream.width)
    }
    self.pooling = pooling
    inputNorm = shape.inputNorm
    epsilon = shape.epsilon
  }

  func shape(classes: Int) -> NetworkShape {
    if let stages {
      return NetworkShape(
        streams: stages.map {
          StreamShape(height: 1, width: $0.tokens, channels: $0.channels, depth: depth)
        },
        readout: .pooled(pooling), classes: classes, rank: rank, inputNorm: inputNorm, epsilon: epsilon)
    }
    return NetworkShape(
      grid: grid ?? TokenGrid(prefix: 0, height: 1, width: tokens), channels: channels, classes: classes,
      depth: depth, function: function, rank: rank, pooling: pooling, inputNorm: inputNorm, epsilon: epsilon)
  }
}

extension PooledNetwork: Codable {
  private enum CodingKeys: CodingKey {
    case stages, tokens, channels, depth, block, prefix, height, width, rank, inputNorm, epsilon
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    stages = try container.decodeIfPresent([Stage].self, forKey: .stages)
    if let stages {
      tokens = stages.reduce(0) { $0 &+ $1.tokens }
      channels = stages.first?.channels ?? 0
    } else {
      tokens = try container.decode(Int.self, forKey: .tokens)
      channels = try container.decode(Int.self, forKey: .channels)
    }
    depth = try container.decode(Int.self, forKey: .depth)
    function = .attention
    if let block = try container.decodeIfPresent(String.self, forKey: .block) {
      // Attention is what there is without the field: one way of saying it.
      guard let named = BlockFunction(block), named != .attention else {
        throw DecodingError.dataCorruptedError(
          forKey: .block, in: container, debugDescription: "a block function")
      }
      function = named
    }
    rank = function.hasRank ? try container.decode(Int.self, forKey: .rank) : 0
    if function == .dwconv {
      grid = TokenGrid(
        prefix: try container.decode(Int.self, forKey: .prefix),
        height: try container.decode(Int.self, forKey: .height),
        width: try container.decode(Int.self, forKey: .width))
    }
    pooling = try PoolingFields(from: decoder).pooling
    inputNorm = try container.decode(Bool.self, forKey: .inputNorm)
    epsilon = try container.decode(Float.self, forKey: .epsilon)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if let stages {
      try container.encode(stages, forKey: .stages)
    } else {
      try container.encode(tokens, forKey: .tokens)
      try container.encode(channels, forKey: .channels)
    }
    try container.encode(depth, forKey: .depth)
    // Without the field as it was before there were others.
    if function != .attention { try container.encode(function.name.description, forKey: .block) }
    if function.hasRank { try container.encode(rank, forKey: .rank) }
    if let grid {
      try container.encode(grid.prefix, forKey: .prefix)
      try container.encode(grid.size.height, forKey: .height)
      try container.encode(grid.size.width, forKey: .width)
    }
    try PoolingFields(pooling).encode(to: encoder)
    try container.encode(inputNorm, forKey: .inputNorm)
    try container.encode(epsilon, forKey: .epsilon)
  }
}
