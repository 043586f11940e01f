/// Where a head's folded rows lie in the exact low-rank form.
///
/// Everything a block needs from the residual stream x (`[T, C]`) is a product with rows of length C: keys, values and
/// queries (W_qkv with the LayerNorm's gain folded in) and `P = W_oᵀ` (for the norm of the next block's input). Block l
/// owns rows `4rl ..< 4r(l+1)` in the order K, V, Q, P, so that class-token pooling, whose last block needs one query and
/// no P, uses all rows but the last 2r for every token.
struct HeadRows {
  let rank: Int
  let depth: Int
  /// 4rM: rows there are.
  let count: Int
  /// Rows that multiply every token.
  let wide: Int
  /// Whether the last block attends from the class token alone.
  let singleQuery: Bool

  init(_ shape: HeadShape) {
    rank = shape.rank
    depth = shape.depth
    count = 4 * shape.rank * shape.depth
    singleQuery = shape.pooling == .cls && shape.depth > 0
    wide = count - (singleQuery ? 2 * shape.rank : 0)
  }

  /// First row of block `l`; K, V, Q and P follow at multiples of the rank.
  func start(_ l: Int) -> Int { 4 * rank * l }
  func query(_ l: Int) -> Int { start(l) + 2 * rank }
  func out(_ l: Int) -> Int { start(l) + 3 * rank }

  /// Whether block `l` is the last one under class-token pooling.
  func isSingle(_ l: Int) -> Bool { singleQuery && l == depth - 1 }
  /// Rows of block `l` that multiply every token.
  func width(_ l: Int) -> Int { isSingle(l) ? 2 * rank : 4 * rank }
}
