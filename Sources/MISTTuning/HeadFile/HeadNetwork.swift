import MISTEdge

/// The kinds of network that heads have, by what becomes of their streams.
package enum HeadReadout: Sendable {
  /// A vector pooled from tokens.
  case pooled
  /// A vector per position of a grid, summed from maps.
  case dense
}

/// A head's network as its file says it, but for what the description says elsewhere (`Formats/head.md`).
package enum HeadNetwork: Hashable, Sendable {
  case pooled(PooledNetwork)
  case method(MethodNetwork)
  case dense(DenseNetwork)

  /// The network of `shape`, on maps whose levels have these numbers.
  package init(_ shape: NetworkShape, levels: [Int]) {
    switch shape.readout {
    case .pooled where shape.body != .streams: self = .method(MethodNetwork(shape))
    case .pooled(let pooling): self = .pooled(PooledNetwork(shape, pooling))
    case .dense(let dense): self = .dense(DenseNetwork(shape, dense, levels: levels))
    }
  }

  /// The shape for an input of `input` pixels `[H, W]`, which a dense network alone depends on.
  package func shape(input: [Int], classes: Int) -> NetworkShape {
    switch self {
    case .pooled(let network): network.shape(classes: classes)
    case .method(let network): network.shape(classes: classes)
    case .dense(let network):
      network.shape(height: input.first ?? 0, width: input.last ?? 0, classes: classes)
    }
  }

  /// Numbers of the levels that it reads; empty for tokens.
  package var levels: [Int] {
    switch self {
    case .pooled, .method: []
    case .dense(let network): network.levels.map(\.level)
    }
  }
}

/// A network on tokens.
package struct PooledNetwork: Hashable, Sendable {
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

  init(_ shape: NetworkShape, _ pooling: Pooling) {
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
    NetworkShape(
      grid: grid ?? TokenGrid(prefix: 0, height: 1, width: tokens), channels: channels, classes: classes,
      depth: depth, function: function, rank: rank, pooling: pooling, inputNorm: inputNorm, epsilon: epsilon)
  }
}

extension PooledNetwork: Codable {
  private enum CodingKeys: CodingKey {
    case tokens, channels, depth, block, prefix, height, width, rank, inputNorm, epsilon
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    tokens = try container.decode(Int.self, forKey: .tokens)
    channels = try container.decode(Int.self, forKey: .channels)
    depth = try container.decode(Int.self, forKey: .depth)
    let block = try container.decodeIfPresent(String.self, forKey: .block) ?? "attention"
    guard let function = BlockFunction(block) else {
      throw DecodingError.dataCorruptedError(
        forKey: .block, in: container, debugDescription: "a block function")
    }
    self.function = function
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
    try container.encode(tokens, forKey: .tokens)
    try container.encode(channels, forKey: .channels)
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

/// A network on maps.
package struct DenseNetwork: Codable, Hashable, Sendable {
  /// One level of the pyramid that the head reads, and the attention blocks on it.
  package struct Level: Codable, Hashable, Sendable {
    /// 1…4 by stride 4, 8, 16, 32 in SegFormer's pyramid; 1 for a ViT's only map.
    package var level: Int
    package var height: Int
    package var width: Int
    package var channels: Int
    /// Attention blocks, 0 for none.
    package var depth: Int
    /// Side of the windows over which keys and values are mean-pooled.
    package var reduction: Int

    package init(level: Int, height: Int, width: Int, channels: Int, depth: Int = 0, reduction: Int = 1) {
      self.level = level
      self.height = height
      self.width = width
      self.channels = channels
      self.depth = depth
      self.reduction = reduction
    }
  }

  package var levels: [Level]
  package var hidden: Int
  package var rank: Int
  package var inputNorm: Bool
  package var norm: Bool
  package var epsilon: Float

  package init(
    levels: [Level], hidden: Int, rank: Int = 32, inputNorm: Bool, norm: Bool, epsilon: Float = 1e-6
  ) {
    self.levels = levels
    self.hidden = hidden
    self.rank = rank
    self.inputNorm = inputNorm
    self.norm = norm
    self.epsilon = epsilon
  }

  init(_ shape: NetworkShape, _ dense: DenseShape, levels: [Int]) {
    self.init(
      levels: zip(shape.streams, levels).map {
        Level(
          level: $1, height: $0.height, width: $0.width, channels: $0.channels, depth: $0.depth,
          reduction: $0.reduction)
      }, hidden: dense.hidden, rank: shape.rank, inputNorm: shape.inputNorm, norm: dense.norm,
      epsilon: shape.epsilon)
  }

  /// The network for an input of `height` × `width` pixels: logits are formed on `[⌈height/4⌉, ⌈width/4⌉]`.
  package func shape(height: Int, width: Int, classes: Int) -> NetworkShape {
    NetworkShape(
      levels: levels.map {
        StreamShape(
          height: $0.height, width: $0.width, channels: $0.channels, depth: $0.depth, reduction: $0.reduction)
      },
      outputHeight: Masks.outputSide(height), outputWidth: Masks.outputSide(width), classes: classes,
      hidden: hidden, rank: rank, inputNorm: inputNorm, norm: norm, epsilon: epsilon)
  }
}
