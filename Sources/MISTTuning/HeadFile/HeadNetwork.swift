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
    case .pooled(let pooling): self = .pooled(PooledNetwork(shape, pooling, levels: levels))
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

  /// Numbers of the levels that it reads; empty for tokens without stages.
  package var levels: [Int] {
    switch self {
    case .pooled(let network): network.stages?.map(\.level) ?? []
    case .method: []
    case .dense(let network): network.levels.map(\.level)
    }
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
