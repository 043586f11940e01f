extension ResidualShape {
  /// The row of `W_in` that is row `i` of a block here: attention's stand as Q, K, V there and as K, V, Q here.
  func parameterRow(_ i: Int) -> Int {
    guard function == .attention else { return i }
    return i < 2 * rank ? i + rank : i - 2 * rank
  }

  /// First row of block `l`'s Q.
  func query(_ l: Int) -> Int { start(l) + 2 * rank }
}

/// The block function of low-rank attention.
extension ResidualStream {
  private typealias Rows = AttentionHead<K>.Rows

  /// From the finished K, V, Q of block `l` to its outputs.
  func attention(_ l: Int, _ t: Int, _ s: StreamScratch) {
    if shape.reduction > 1 { pool(l, s) }
    attend(l, t, s)
  }

  /// From dL/do to dL/d[K V Q] of block `l`.
  func attentionBackward(_ l: Int, _ t: Int, _ s: StreamScratch) {
    attendBackward(l, t, s)
    if shape.reduction > 1 { poolBackward(l, s) }
  }

  /// Keys of block `l`, values r columns on, and the stride between rows: pooled over windows or as projected.
  func keys(_ l: Int, _ s: StreamScratch) -> (UnsafeMutablePointer<Float>, stride: Int) {
    guard shape.reduction > 1 else { return (s.projected(shape, l), s.stride) }
    return (s.pooled(l), 2 * shape.rank)
  }

  /// The attention of block `l`.
  private func head(_ l: Int, _ t: Int, _ s: StreamScratch) -> AttentionHead<K> {
    let (k, stride) = keys(l, s)
    return AttentionHead(
      queries: Rows(s.projected(shape, l) + 2 * shape.rank, stride: s.stride),
      keys: Rows(k, stride: stride), values: Rows(k + shape.rank, stride: stride),
      count: shape.keys(t), width: shape.rank)
  }

  /// Softmax rows of the queries from `first`, as many as the strip has.
  private func weights(_ l: Int, _ first: Int, _ t: Int, _ keys: Int, _ s: StreamScratch)
    -> UnsafeMutablePointer<Float>
  {
    s.keepsAttention ? s.attention.pointer + (l * t + first) * keys : s.attention.pointer
  }

  /// Calls `body` for one strip of the queries after the other.
  private func forEachStrip(_ t: Int, _ keys: Int, _ s: StreamScratch, _ body: (Range<Int>) -> Void) {
    let step = min(t, s.workspace.strip(keys))
    for first in Swift.stride(from: 0, to: t, by: step) { body(first..<min(first + step, t)) }
  }

  /// `o = softmax(Q Kᵀ/√r) V` of block `l`, strip by strip.
  private func attend(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let head = head(l, t, s)
    let outputs = Rows(s.outputs.pointer + l * shape.rank, stride: shape.outputs)
    forEachStrip(t, head.count, s) { strip in
      let weights = weights(l, strip.lowerBound, t, head.count, s)
      head.softmaxRows(strip, into: weights)
      head.outputs(strip.count, weights, into: outputs.from(strip.lowerBound))
    }
  }

  /// From dL/do to dL/d[K V Q].
  private func attendBackward(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let r = shape.rank
    let wide = shape.wide
    let head = head(l, t, s)
    let (w, pooled) = (s.workspace, shape.reduction > 1)
    let dk = pooled ? w.dPooled.pointer : w.dProjected.pointer + shape.start(l)
    let dkStride = pooled ? 2 * r : wide
    let dQueries = Rows(w.dProjected.pointer + shape.query(l), stride: wide)
    forEachStrip(t, head.count, s) { strip in
      let first = strip.lowerBound
      let weights = weights(l, first, t, head.count, s)
      if !s.keepsAttention { head.softmaxRows(strip, into: weights) }
      head.backward(
        strip, weights: weights,
        outputs: Rows(s.outputs.pointer + l * r, stride: shape.outputs).from(first),
        dOutputs: Rows(w.dOutputs.pointer + l * r, stride: shape.outputs).from(first),
        dQueries: dQueries, dKeys: Rows(dk, stride: dkStride), dValues: Rows(dk + r, stride: dkStride),
        room: w.dAttention.pointer)
    }
  }
}
