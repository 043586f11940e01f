import MISTKernels

/// Attention in bfloat16: queries, keys, values and softmax rows are rounded to it, scores and sums are floats.
extension Attention {
  /// `out` `[T, C]` = softmax(q·kᵀ / √d)·v for each head's d columns of `qkv` `[T, 3C]`, both bfloat16.
  func runNarrow(_ qkv: Activations, into out: Activations, _ scratch: AttentionScratch) {
    let depth = width / heads
    let scale = 1 / Float(depth).squareRoot()
    let weights = scratch.weights.rows(of: tokens)
    for head in 0..<heads {
      let queries = qkv.halves + head * depth
      mist_bf16_repack(queries + width, tokens, depth, qkv.stride, 1, scratch.keys)
      mist_bf16_repack(queries + 2 * width, depth, tokens, 1, qkv.stride, scratch.values)
      for first in Swift.stride(from: 0, to: tokens, by: rows) {
        let count = min(rows, tokens - first)
        mist_bf16_product(
          queries + first * qkv.stride, qkv.stride, count, depth, scratch.keys, tokens, nil, MIST_STORE,
          scratch.scores.pointer, stride)
        mist_softmax(scratch.scores.pointer, count, tokens, stride, scale)
        weights.convert(scratch.scores.pointer, rows: count, width: tokens, apart: stride)
        mist_bf16_product(
          weights.halves, weights.stride, count, tokens, scratch.values, depth, nil, MIST_STORE_BF16,
          out.halves + first * out.stride + head * depth, out.stride)
      }
    }
  }
}

/// What attention on one thread needs.
final class AttentionScratch {
  /// Scores of some queries.
  let scores: AlignedFloats
  /// Softmax rows in bfloat16, and a head's keys and values packed; of attention in bfloat16 alone.
  fileprivate let weights: ActivationBuffer
  fileprivate let keys: UnsafeMutableRawPointer
  fileprivate let values: UnsafeMutableRawPointer

  /// For `attention` on activations of `element`.
  init(_ attention: Attention, _ element: ActivationElement) {
    let (tokens, depth) = (attention.tokens, attention.width / attention.heads)
    let narrow = element == .bf16
    scores = AlignedFloats(count: attention.scratchCount)
    weights = ActivationBuffer(.bf16, rows: narrow ? attention.rows : 0, width: tokens)
    func room(_ columns: Int, _ depth: Int) -> UnsafeMutableRawPointer {
      UnsafeMutableRawPointer.allocate(
        byteCount: narrow ? mist_packed_bytes(MIST_BF16, columns, depth) : 0, alignment: 64)
    }
    keys = room(tokens, depth)
    values = room(depth, tokens)
  }

  deinit {
    keys.deallocate()
    values.deallocate()
  }
}
