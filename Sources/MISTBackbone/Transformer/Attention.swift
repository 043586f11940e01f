import MISTKernels

/// Multi-head attention on the packed `[T, 3C]` buffer of q, k and v, a head at a time, so that a head's scores stay in
/// the core's own cache.
struct Attention: Sendable {
  let tokens: Int
  let width: Int
  let heads: Int
  /// Query rows whose scores are formed together.
  let rows: Int
  /// Elements between rows of scores.
  let stride: Int

  // Half a megabyte of scores, half of a common second-level cache.
  private static let scoresInCache = 131_072

  init(tokens: Int, width: Int, heads: Int) {
    self.tokens = tokens
    self.width = width
    self.heads = heads
    let padded = (tokens + 15) / 16 * 16
    // Rows a large power of two apart would compete for the same cache sets.
    stride = padded % 256 == 0 ? padded + 16 : padded
    rows = min(tokens, max(16, Self.scoresInCache / stride))
  }

  var scratchCount: Int { rows * stride }

  /// `out` `[T, C]` = softmax(q·kᵀ / √d)·v for each head's d columns of `qkv` `[T, 3C]`, both floats or both bfloat16.
  func run(_ qkv: Activations, into out: Activations, _ scratch: TokenAttentionScratch) {
    if qkv.element == .bf16 { return runNarrow(qkv, into: out, scratch) }
    let (qkv, out, scores) = (qkv.floats, out.floats, scratch.rows.scores.pointer)
    let depth = width / heads
    let scale = 1 / Float(depth).squareRoot()
    for head in 0..<heads {
      let queries = qkv + head * depth
      let keys = queries + width
      let values = keys + width
      for first in Swift.stride(from: 0, to: tokens, by: rows) {
        let count = min(rows, tokens - first)
        mist_sgemm(
          false, true, count, tokens, depth, 1, queries + first * 3 * width, 3 * width, keys, 3 * width, 0,
          scores,
          stride)
        mist_softmax(scores, count, tokens, stride, scale)
        mist_sgemm(
          false, false, count, depth, tokens, 1, scores, stride, values, 3 * width, 0,
          out + first * width + head * depth, width)
      }
    }
  }
}
