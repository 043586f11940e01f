/// A residual stream of low-rank attention blocks over T tokens of C channels, and where its folded rows lie.
///
/// In the exact low-rank form everything that is needed from the residual stream x (`[T, C]`) is a product with rows of
/// length C: keys, values and queries (W_qkv with the LayerNorm's gain folded in), `P = W_oᵀ` (for the norm of the next
/// block's input), and the readout. Block l owns rows `4rl ..< 4r(l+1)` in the order K, V, Q, P, so that class-token
/// pooling, whose last block needs one query and no P, uses all rows but the last 2r for every token. The readout's follow.
struct TrunkShape {
  var channels: Int
  var rank: Int
  /// Blocks M.
  var depth: Int
  /// Whether a trainable LayerNorm stands before the first block.
  var inputNorm: Bool
  var epsilon: Float
  /// Whether the last block attends from the first token alone.
  var singleQuery = false
  /// Rows R of the product that reads the stream out per token; 0 where the caller pools it.
  var readout = 0
  /// Whether a LayerNorm stands before the readout.
  var readoutNorm = false
  /// The map whose positions are the tokens, and the side of the windows over which keys and values are mean-pooled.
  /// Height and width matter only when the side is above 1.
  var height = 0
  var width = 0
  var reduction = 1

  /// Rows of all blocks, 4rM, and all rows.
  var blockRows: Int { 4 * rank * depth }
  var rowCount: Int { blockRows + readout }
  /// Rows of the blocks that multiply every token.
  var wide: Int { blockRows - (singleQuery && depth > 0 ? 2 * rank : 0) }
  /// rM.
  var outputs: Int { rank * depth }

  /// First row of block `l`; K, V, Q and P follow at multiples of the rank.
  func start(_ l: Int) -> Int { 4 * rank * l }
  func query(_ l: Int) -> Int { start(l) + 2 * rank }
  func out(_ l: Int) -> Int { start(l) + 3 * rank }

  /// Whether block `l` attends from the first token alone.
  func isSingle(_ l: Int) -> Bool { singleQuery && l == depth - 1 }
  /// Rows of block `l` that multiply every token.
  func width(_ l: Int) -> Int { isSingle(l) ? 2 * rank : 4 * rank }

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

extension HeadShape {
  var trunk: TrunkShape {
    TrunkShape(
      channels: channels, rank: rank, depth: depth, inputNorm: inputNorm, epsilon: epsilon,
      singleQuery: pooling == .cls && depth > 0)
  }
}

extension MapHeadShape {
  /// The stream of level `i`.
  func trunk(_ i: Int) -> TrunkShape {
    let level = levels[i]
    return TrunkShape(
      channels: level.channels, rank: rank, depth: level.depth, inputNorm: inputNorm, epsilon: epsilon,
      readout: outputRows, readoutNorm: norm, height: level.height, width: level.width,
      reduction: level.reduction)
  }
}
