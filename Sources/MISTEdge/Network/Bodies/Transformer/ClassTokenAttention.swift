/// A block of which the class token alone is read: one query per head, so that keys and values need not be formed. With u the
/// standardised tokens, head h's scores are `u · (W_kᵀ q)` but for a constant, which the softmax does not see, and its output is
/// `W_v Σ_t a_t u_t + b_v`: exact, and T·w per head instead of T·w·w.
extension TransformerBlock {
  /// The class token `[w]` behind the block into `y`, of `t` tokens `x`, which are standardised in place.
  func classToken(
    _ t: Int, _ x: UnsafeMutablePointer<Float>, _ s: TransformerScratch, into y: UnsafeMutablePointer<Float>
  ) {
    let (w, d, heads) = (shape.width, shape.headWidth, shape.heads)
    y.update(from: x, count: w)
    standardiseRows(t, x, into: x, factors: s.factors.pointer)
    for i in 0..<w { s.query.pointer[i] = bias(i) + dot(row(i), x, w) }
    s.keyed.clear()
    for i in 0..<w { axpy(s.query.pointer[i], row(w + i), s.keyed.pointer + i / d * w, w) }
    K.gemm(
      transposeA: false, transposeB: true, m: heads, n: t, k: w, alpha: scale, a: s.keyed.pointer, lda: w,
      b: x, ldb: w, beta: 0, c: s.attention.pointer, ldc: t)
    K.softmax(s.attention.pointer, rows: heads, width: t)
    K.gemm(
      transposeA: false, transposeB: false, m: heads, n: w, k: t, alpha: 1, a: s.attention.pointer, lda: t,
      b: x, ldb: w, beta: 0, c: s.gathered.pointer, ldc: w)
    for i in 0..<w {
      s.outputs.pointer[i] = bias(2 * w + i) + dot(row(2 * w + i), s.gathered.pointer + i / d * w, w)
    }
    output.forward(1, s.outputs.pointer, folded, adding: true, into: y)
    perceptron(1, y, s)
  }

  /// Through the same, given dL/dy in `dy`, which is overwritten; `x` as `classToken` left it. `dx` `[T, w]`, where it is wanted, becomes
  /// dL/dx.
  func classTokenBackward(
    _ t: Int, _ x: UnsafePointer<Float>, _ dy: UnsafeMutablePointer<Float>, _ s: TransformerScratch,
    _ gradient: UnsafeMutablePointer<Float>, into dx: UnsafeMutablePointer<Float>?
  ) {
    let (w, d, heads) = (shape.width, shape.headWidth, shape.heads)
    let (g, room) = (gradient + start, s.workspace)
    perceptronBackward(1, dy, s, g)
    let dOutputs = room.dRows.pointer
    output.backward(1, dy, input: s.outputs.pointer, folded, g, into: dOutputs)

    // o_h = W_v z_h + b_v with z_h = Σ_t a_t u_t
    let (dGathered, dKeyed) = (room.dGathered.pointer, room.dKeyed.pointer)
    room.dGathered.clear()
    let dWeights = g + projection.weight
    for i in 0..<w {
      axpy(dOutputs[i], row(2 * w + i), dGathered + i / d * w, w)
      axpy(dOutputs[i], s.gathered.pointer + i / d * w, dWeights + (2 * w + i) * w, w)
    }
    axpy(1, dOutputs, g + projection.bias + 2 * w, w)
    let dScores = room.dAttention.pointer
    K.gemm(
      transposeA: false, transposeB: true, m: heads, n: t, k: w, alpha: 1, a: dGathered, lda: w,
      b: x, ldb: w, beta: 0, c: dScores, ldc: t)
    for i in 0..<heads {
      let (ds, a) = (dScores + i * t, s.attention.pointer + i * t)
      softmaxBackward(ds, a, along: dot(ds, a, t), t)
    }

    // scores = u · (W_kᵀ q): the bias of keys has no gradient.
    K.gemm(
      transposeA: false, transposeB: false, m: heads, n: w, k: t, alpha: scale, a: dScores, lda: t,
      b: x, ldb: w, beta: 0, c: dKeyed, ldc: w)
    let dQuery = room.dQuery.pointer
    for i in 0..<w {
      dQuery[i] = dot(row(w + i), dKeyed + i / d * w, w)
      axpy(s.query.pointer[i], dKeyed + i / d * w, dWeights + (w + i) * w, w)
      axpy(dQuery[i], x, dWeights + i * w, w)
    }
    axpy(1, dQuery, g + projection.bias, w)
    guard let dx else { return }
    K.gemm(
      transposeA: true, transposeB: false, m: t, n: w, k: heads, alpha: 1, a: s.attention.pointer, lda: t,
      b: dGathered, ldb: w, beta: 0, c: dx, ldc: w)
    K.gemm(
      transposeA: true, transposeB: false, m: t, n: w, k: heads, alpha: scale, a: dScores, lda: t,
      b: s.keyed.pointer, ldb: w, beta: 1, c: dx, ldc: w)
    for i in 0..<w { axpy(dQuery[i], row(i), dx, w) }
    for i in 0..<t { standardiseBackward(dx + i * w, x + i * w, factor: s.factors.pointer[i], w) }
    axpy(1, dy, dx, w)
  }

  private var scale: Float { 1 / Float(shape.headWidth).squareRoot() }

  /// Row `i` of the folded `[Q K V]`, and its constant.
  private func row(_ i: Int) -> UnsafeMutablePointer<Float> {
    folded + projection.weight + i * shape.width
  }

  private func bias(_ i: Int) -> Float { folded[projection.bias + i] }
}
