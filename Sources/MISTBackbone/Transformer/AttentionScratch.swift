/// What attention on one thread needs.
final class AttentionScratch {
  /// Scores of some queries.
  let scores: AlignedFloats
  /// Softmax rows of attention in bfloat16.
  let weights: ActivationBuffer
  /// What its softmax rows are to be divided by.
  let totals: AlignedFloats

  /// For up to `rows` queries and `scores` scores at a time, and activations of `element`.
  init(rows: Int, scores: Int, _ element: ActivationElement) {
    let narrow = element == .bf16
    self.scores = AlignedFloats(count: scores)
    weights = ActivationBuffer(.bf16, rows: 1, width: narrow ? scores : 0)
    totals = AlignedFloats(count: narrow ? rows : 0)
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
