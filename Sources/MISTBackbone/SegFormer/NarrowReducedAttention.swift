/// Attention to a reduced map in bfloat16.
extension ReducedAttention {
  var head: NarrowAttentionHead { NarrowAttentionHead(keys: keys, depth: width / heads, stride: stride) }

  func packNarrow(_ keysAndValues: Activations, into packed: UnsafeMutableRawPointer) {
    let (head, bytes) = (head, head.packedBytes)
    for index in 0..<heads {
      let from = keysAndValues.halves + index * head.depth
      head.pack(
        keys: from, values: from + width, apart: keysAndValues.stride,
        into: packed + index * bytes)
    }
  }

  func runNarrow(
    _ queries: Activations, count: Int, packed: UnsafeRawPointer, into out: Activations,
    _ scratch: AttentionScratch
  ) {
    let (head, bytes) = (head, head.packedBytes)
    for index in 0..<heads {
      for first in Swift.stride(from: 0, to: count, by: rows) {
        head.run(
          queries.halves + first * queries.stride + index * head.depth, apart: queries.stride,
          count: min(rows, count - first), packed: packed + index * bytes,
          into: out.halves + first * out.stride + index * head.depth, apart: out.stride, scratch)
      }
    }
  }
}
