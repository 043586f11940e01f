/// Attention in bfloat16.
extension Attention {
  var head: NarrowAttentionHead {
    NarrowAttentionHead(keys: tokens, depth: width / heads, stride: stride)
  }

  /// As `run`, of bfloat16.
  func runNarrow(_ qkv: Activations, into out: Activations, _ scratch: TokenAttentionScratch) {
    for index in 0..<heads {
      let queries = qkv.halves + index * head.depth
      let packed = scratch.packed.pointer
      head.pack(keys: queries + width, values: queries + 2 * width, apart: qkv.stride, into: packed)
      for first in Swift.stride(from: 0, to: tokens, by: NarrowAttentionHead.rows) {
        head.run(
          queries + first * qkv.stride, apart: qkv.stride,
          count: min(NarrowAttentionHead.rows, tokens - first), packed: packed,
          into: out.halves + first * out.stride + index * head.depth, apart: out.stride, scratch.rows)
      }
    }
  }
}

/// What attention between all tokens needs on one thread.
final class TokenAttentionScratch {
  let rows: AttentionScratch
  /// A head's keys and values, of attention in bfloat16.
  let packed: AlignedBytes

  init(_ attention: Attention, _ element: ActivationElement) {
    let queries = element == .bf16 ? NarrowAttentionHead.rows : attention.rows
    rows = AttentionScratch(rows: queries, scores: queries * attention.stride, element)
    packed = AlignedBytes(count: element == .bf16 ? attention.head.packedBytes : 0)
  }
}
