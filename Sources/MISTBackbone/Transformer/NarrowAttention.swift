/// Attention in bfloat16.
extension Attention {
  var head: NarrowAttentionHead {
    NarrowAttentionHead(keys: tokens, depth: width / heads, stride: stride)
  }

  /// As `run`, of bfloat16.
  func runNarrow(_ qkv: Activations, into out: Activations, _ scratch: TokenAttentionScratch) {
    let (head, packed) = (head, scratch.packed.pointer)
    for index in 0..<heads {
      let queries = qkv.halves + index * head.depth
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
