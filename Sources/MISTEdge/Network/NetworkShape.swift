/// The architecture of an edge network: everything that decides its parameters' number and meaning.
///
/// A network is a *body* on input tensors and a *readout* behind it: a vector pooled from tokens (classification), or a grid of vectors
/// summed from maps (segmentation). The body is most often a residual stream per input with blocks of a block function on it.
/// The sizes of a stream decide no parameter.
public struct NetworkShape: Equatable, Sendable {
  /// What the network reads: one stream for a pooled readout unless the body takes more, one per level, the finest first, for a dense
  /// one.
  public var streams: [StreamShape]
  /// Classes that there are logits of.
  public var classes: Int
  /// Rank r of every block whose function has one.
  public var rank: Int
  /// Whether a trainable LayerNorm stands before the first block of every stream.
  public var inputNorm: Bool
  /// Epsilon of every LayerNorm.
  public var epsilon: Float
  private var kind: NetworkKind

  /// What becomes of the streams after their last block.
  public var readout: Readout {
    get { kind.readout }
    set { kind.readout = newValue }
  }
  /// What stands between inputs and readout.
  public var body: Body {
    get { kind.body }
    set { kind.body = newValue }
  }
  /// What the blocks compute.
  public var function: BlockFunction {
    get { kind.function }
    set { kind.function = newValue }
  }

  /// A network of these parts; nothing is checked.
  public init(
    streams: [StreamShape], readout: Readout, classes: Int, function: BlockFunction = .attention,
    rank: Int = 32,
    inputNorm: Bool = false, epsilon: Float = 1e-6
  ) {
    kind = NetworkKind(readout, function)
    self.streams = streams
    self.classes = classes
    self.rank = rank
    self.inputNorm = inputNorm
    self.epsilon = epsilon
  }

  /// A classifier of `tokens` tokens of `channels` channels after `depth` blocks; a linear probe without blocks.
  public init(
    tokens: Int, channels: Int, classes: Int, depth: Int = 4, function: BlockFunction = .attention,
    rank: Int = 32, pooling: Pooling = .cls, inputNorm: Bool = false, epsilon: Float = 1e-6
  ) {
    self.init(
      grid: TokenGrid(prefix: 0, height: 1, width: tokens), channels: channels, classes: classes,
      depth: depth,
      function: function, rank: rank, pooling: pooling, inputNorm: inputNorm, epsilon: epsilon)
  }

  /// The same on tokens that lie as `grid` says, which blocks of convolution ask for.
  public init(
    grid: TokenGrid, channels: Int, classes: Int, depth: Int, function: BlockFunction, rank: Int,
    pooling: Pooling, inputNorm: Bool, epsilon: Float = 1e-6
  ) {
    self.init(
      streams: [
        StreamShape(
          height: grid.size.height, width: grid.size.width, channels: channels, depth: depth,
          prefix: grid.prefix)
      ],
      readout: .pooled(pooling), classes: classes, function: function, rank: rank, inputNorm: inputNorm,
      epsilon: epsilon)
  }

  /// A network on maps, the finest level first, whose logits are formed on `outputHeight` × `outputWidth`.
  ///
  /// - Parameters:
  ///   - hidden: Channels D after the summation; 0 for a linear head.
  ///   - norm: Whether a trainable LayerNorm stands before every level's product.
  public init(
    levels: [StreamShape], outputHeight: Int, outputWidth: Int, classes: Int, hidden: Int = 0, rank: Int = 32,
    inputNorm: Bool = false, norm: Bool = true, epsilon: Float = 1e-6
  ) {
    self.init(
      streams: levels,
      readout: .dense(DenseShape(hidden: hidden, norm: norm, height: outputHeight, width: outputWidth)),
      classes: classes, rank: rank, inputNorm: inputNorm, epsilon: epsilon)
  }
}

/// One input tensor and the blocks on its residual stream.
public struct StreamShape: Equatable, Sendable {
  /// Size h × w of the map whose positions are the tokens; tokens without a map are a row of them.
  public var height: Int
  public var width: Int
  /// Channels C.
  public var channels: Int
  /// Blocks M; 0 for none.
  public var depth: Int
  /// Side of the windows over which keys and values are mean-pooled after projection. Windows begin at multiples of it;
  /// those at the right and lower border may be cut. 1: none.
  public var reduction: Int
  /// Tokens before those of the map: class token, registers.
  public var prefix: Int

  /// A map `[height, width, channels]` as a stream of h·w tokens, behind `prefix` others.
  public init(height: Int, width: Int, channels: Int, depth: Int = 0, reduction: Int = 1, prefix: Int = 0) {
    self.prefix = prefix
    self.height = height
    self.width = width
    self.channels = channels
    self.depth = depth
    self.reduction = reduction
  }

  /// Tokens T: those before the map, and h·w, row by row.
  public var tokens: Int { prefix + height * width }
}

extension NetworkShape {
  /// How the tokens become one vector; nil for a dense readout.
  public var pooling: Pooling? { if case .pooled(let pooling) = readout { pooling } else { nil } }
  /// The readout of maps; nil for a pooled one.
  public var dense: DenseShape? { if case .dense(let shape) = readout { shape } else { nil } }

  /// The grid on which logits are formed; 1 × 1 for a pooled readout.
  public var outputSize: MapSize {
    dense.map { MapSize(height: $0.height, width: $0.width) } ?? MapSize(height: 1, width: 1)
  }
  /// Positions at which logits are formed.
  public var outputCount: Int { outputSize.count }
  /// Numbers that a forward pass writes: `[outputCount, classes]`.
  public var logitCount: Int { outputCount * classes }
  /// Tokens or positions of all streams.
  public var tokens: Int {
    var sum = 0
    for stream in streams { sum += stream.tokens }
    return sum
  }
  /// Tokens of an input of a pooled readout, where inputs are of the same size.
  public var inputTokens: Int { streams.isEmpty ? 0 : streams[0].tokens }
  /// Channels of the first stream.
  public var channels: Int { streams[0].channels }
  /// Blocks of the stream that has most.
  public var depth: Int {
    var most = 0
    for stream in streams { most = max(most, stream.depth) }
    return most
  }
}
