import MISTKernels

/// One head of attention in bfloat16: queries, keys, values and the exponentials of a softmax are rounded to it; scores and sums are floats.
struct NarrowAttentionHead: Sendable {
  /// Number of keys, and channels of a head.
  let keys: Int
  let depth: Int
  /// Elements between rows of scores.
  let stride: Int

  /// Queries at a time, where all keys are at hand: scores that stay beside them in the second-level cache.
  static let rows = 48

  private var keyBytes: Int { mist_packed_bytes(MIST_BF16, keys, depth) }

  /// Bytes of packed keys and values.
  var packedBytes: Int { keyBytes + mist_packed_bytes(MIST_BF16, depth, keys) }

  /// Packs keys and values, rows `apart` elements apart.
  func pack(
    keys from: UnsafePointer<UInt16>, values: UnsafePointer<UInt16>, apart: Int,
    into packed: UnsafeMutableRawPointer
  ) {
    mist_bf16_repack(from, keys, depth, apart, 1, packed)
    mist_bf16_repack(values, depth, keys, 1, apart, packed + keyBytes)
  }

  /// `out` = softmax(q·kᵀ / √d)·v for `count` queries, as many as `scratch` has rows for.
  func run(
    _ queries: UnsafePointer<UInt16>, apart: Int, count: Int, packed: UnsafeRawPointer,
    into out: UnsafeMutablePointer<UInt16>, apart outApart: Int, _ scratch: AttentionScratch
  ) {
    let weights = scratch.weights.rows(of: keys)
    let scores = scratch.scores.pointer
    mist_bf16_product(queries, apart, count, depth, packed, keys, nil, MIST_STORE, scores, stride)
    mist_exponentials_bf16(
      scores, count, keys, stride, 1 / Float(depth).squareRoot(), weights.halves, weights.stride,
      scratch.totals.pointer)
    mist_bf16_weighted(
      weights.halves, weights.stride, scratch.totals.pointer, count, keys, packed + keyBytes, depth, out,
      outApart)
  }
}
