/// A residual stream of blocks over T tokens of C channels, and where its folded rows lie.
///
/// In the exact low-rank form everything that is needed from the residual stream x (`[T, C]`) is a product with rows of
/// length C: what the block function reads (for attention keys, values and queries, with the LayerNorm's gain folded in),
/// `P = W_oᵀ` (for the norm of the next block's input), and the readout. A block owns its function's rows and then the r of P.
/// Attention's stand in the order K, V, Q, P. Class-token pooling, whose last block has one query, uses the rows of the other blocks for
/// every token. The readout's follow.
struct ResidualShape {
  var channels: Int
  var rank: Int
  /// Blocks M.
  var depth: Int
  /// Whether a trainable LayerNorm stands before the first block.
  var inputNorm: Bool
  var epsilon: Float
  /// Whether the last block attends from the first token alone.
  var singleQuery = false
  /// The map whose positions are the tokens. Height and width matter only where keys are pooled, or of a convolution.
  var height = 0
  var width = 0

  #if MIST_LAE_ALONE
    var function: BlockFunction {
      get { .attention }
      set {}
    }
    var depthwise: DepthwiseShape? {
      get { nil }
      set {}
    }
    var isLink: Bool {
      get { false }
      set {}
    }
    var readout: Int {
      get { 0 }
      set {}
    }
    var readoutNorm: Bool {
      get { false }
      set {}
    }
    var isPooled: Bool {
      get { true }
      set {}
    }
    var reduction: Int {
      get { 1 }
      set {}
    }
  #else
    var function = BlockFunction.attention
    /// Blocks before these that have no low-rank form; nil for none.
    var depthwise: DepthwiseShape?
    /// Whether another stream goes on from the tokens behind the last block, so that nothing here needs their norm.
    var isLink = false
    /// Rows R of the product that reads the stream out per token; 0 where the caller pools it.
    var readout = 0
    /// Whether a LayerNorm stands before the readout.
    var readoutNorm = false
    /// Whether the readout takes weighted means of the tokens, and not products per token alone.
    var isPooled = false
    /// Side of the windows over which keys and values are mean-pooled.
    var reduction = 1
  #endif

  /// Rows that a block's function reads, and all of a block.
  var inputs: Int { function.inputRows(rank) }
  var rowsPerBlock: Int { inputs + rank }
  /// Rows of all blocks, and all rows.
  var blockRows: Int { rowsPerBlock * depth }
  var rowCount: Int { blockRows + readout }
  /// Rows of the blocks that multiply every token.
  var wide: Int { depth > 0 ? start(depth - 1) + width(depth - 1) : 0 }
  /// rM.
  var outputs: Int { rank * depth }

  /// Constants of all rows but those of P: the blocks' and then, from `readoutConstants`, the readout's.
  var readoutConstants: Int { inputs * depth }
  var constantCount: Int { readoutConstants + readout }

  /// First row of block `l`, and the first of its P.
  func start(_ l: Int) -> Int { rowsPerBlock * l }
  func out(_ l: Int) -> Int { start(l) + inputs }
  /// All rows of block `l`.
  func rows(of l: Int) -> Range<Int> { start(l)..<start(l + 1) }

  /// Whether block `l` attends from the first token alone.
  func isSingle(_ l: Int) -> Bool { singleQuery && l == depth - 1 }
  /// Whether the norm of the tokens behind block `l` is wanted.
  func carriesNorm(_ l: Int) -> Bool { !(singleQuery || isLink) || l < depth - 1 }
  /// Rows of block `l` that multiply every token.
  func width(_ l: Int) -> Int { isSingle(l) ? 0 : carriesNorm(l) ? rowsPerBlock : inputs }

  /// Whether anything needs the norm of a token.
  var usesNorm: Bool { depth > 0 || readout == 0 || readoutNorm }
  /// Whether the readout sees the stream as it is, mean included.
  var isRaw: Bool { readout > 0 && !readoutNorm }

  /// Keys of `tokens` tokens: windows.
  func keys(_ tokens: Int) -> Int {
    guard reduction > 1 else { return tokens }
    return ((height + reduction - 1) / reduction) * ((width + reduction - 1) / reduction)
  }
}

extension NetworkShape {
  /// The residual stream `i`.
  func stream(_ i: Int) -> ResidualShape {
    let stream = streams[i]
    let isPlain = stream.depth > 0 && !function.hasRank
    var shape = ResidualShape(
      channels: stream.channels, rank: isPlain ? 0 : rank, depth: isPlain ? 0 : stream.depth,
      inputNorm: inputNorm && !isPlain, epsilon: epsilon, height: stream.height, width: stream.width)
    shape.function = function
    shape.reduction = stream.reduction
    if isPlain { shape.depthwise = DepthwiseShape(stream, inputNorm: inputNorm, epsilon: epsilon) }
    shape.isPooled = readout.isPooled
    shape.isLink = body == .injected && i < streams.count - 1
    shape.singleQuery =
      readout.readsFirstToken && shape.depth > 0 && function == .attention && !shape.isLink
    shape.readout = readout.rows(self)
    shape.readoutNorm = readout.rowsNorm
    return shape
  }
}
