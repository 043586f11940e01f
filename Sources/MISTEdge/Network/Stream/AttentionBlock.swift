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
  /// From the finished K, V, Q of block `l` to its outputs.
  func attention(_ l: Int, _ t: Int, _ s: StreamScratch) {
    if shape.isSingle(l) { lastQuery(l, s) }
    if shape.reduction > 1 { pool(l, s) }
    attend(l, t, s)
  }

  /// From dL/do to dL/d[K V Q] of block `l`.
  func attentionBackward(_ l: Int, _ t: Int, _ s: StreamScratch) {
    attendBackward(l, t, s)
    if shape.reduction > 1 { poolBackward(l, s) }
  }

  var attentionScale: Float { 1 / Float(shape.rank).squareRoot() }

  /// Keys of block `l`, values r columns on, and the stride between rows: pooled over windows or as projected.
  func keys(_ l: Int, _ s: StreamScratch) -> (UnsafeMutablePointer<Float>, stride: Int) {
    guard shape.reduction > 1 else { return (s.projected(shape, l), s.stride) }
    return (s.pooled(l), 2 * shape.rank)
  }

  /// Queries of block `l` and the stride between them.
  func queries(_ l: Int, _ s: StreamScratch) -> (UnsafeMutablePointer<Float>, stride: Int) {
    shape.isSingle(l)
      ? (s.workspace.query.pointer, shape.rank) : (s.projected(shape, l) + 2 * shape.rank, s.stride)
  }

  /// Softmax rows of the queries from `first`, as many as the strip has.
  private func weights(_ l: Int, _ first: Int, _ t: Int, _ keys: Int, _ s: StreamScratch)
    -> UnsafeMutablePointer<Float>
  {
    s.keepsAttention ? s.attention.pointer + (l * t + first) * keys : s.attention.pointer
  }

  /// `softmax(Q Kᵀ/√r)` for `count` queries from `first`.
  private func softmaxRows(
    _ l: Int, _ first: Int, _ count: Int, _ n: Int, _ s: StreamScratch,
    into weights: UnsafeMutablePointer<Float>
  ) {
    let (k, keyStride) = keys(l, s)
    let (q, queryStride) = queries(l, s)
    K.gemm(
      transposeA: false, transposeB: true, m: count, n: n, k: shape.rank, alpha: attentionScale,
      a: q + first * queryStride, lda: queryStride, b: k, ldb: keyStride, beta: 0, c: weights, ldc: n)
    for i in 0..<count { softmax(weights + i * n, n) }
  }

  /// `o = softmax(Q Kᵀ/√r) V` of block `l`, strip by strip.
  private func attend(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let r = shape.rank
    let n = shape.keys(t)
    let (k, keyStride) = keys(l, s)
    let total = shape.isSingle(l) ? 1 : t
    let step = min(total, s.workspace.strip(n))
    for first in Swift.stride(from: 0, to: total, by: step) {
      let count = min(step, total - first)
      let weights = weights(l, first, t, n, s)
      softmaxRows(l, first, count, n, s, into: weights)
      K.gemm(
        transposeA: false, transposeB: false, m: count, n: r, k: n, alpha: 1,
        a: weights, lda: n, b: k + r, ldb: keyStride,
        beta: 0, c: s.outputs.pointer + first * shape.outputs + l * r, ldc: shape.outputs)
    }
  }

  /// From dL/do to dL/d[K V Q].
  private func attendBackward(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let r = shape.rank
    let n = shape.keys(t)
    let wide = shape.wide
    let width = shape.outputs
    let single = shape.isSingle(l)
    let pooled = shape.reduction > 1
    let (k, keyStride) = keys(l, s)
    let (q, queryStride) = queries(l, s)
    let dk = pooled ? s.workspace.dPooled.pointer : s.workspace.dProjected.pointer + shape.start(l)
    let dkStride = pooled ? 2 * r : wide
    let dq = single ? s.workspace.dQuery.pointer : s.workspace.dProjected.pointer + shape.query(l)
    let dqStride = single ? r : wide
    let d = s.workspace.dAttention.pointer
    let total = single ? 1 : t
    let step = min(total, s.workspace.strip(n))
    for first in Swift.stride(from: 0, to: total, by: step) {
      let count = min(step, total - first)
      let weights = weights(l, first, t, n, s)
      let output = s.outputs.pointer + first * width + l * r
      let dOutput = s.workspace.dOutputs.pointer + first * width + l * r
      if !s.keepsAttention { softmaxRows(l, first, count, n, s, into: weights) }
      K.gemm(
        transposeA: true, transposeB: false, m: n, n: r, k: count, alpha: 1, a: weights, lda: n,
        b: dOutput, ldb: width, beta: first > 0 ? 1 : 0, c: dk + r, ldc: dkStride)
      K.gemm(
        transposeA: false, transposeB: true, m: count, n: n, k: r, alpha: 1, a: dOutput, lda: width,
        b: k + r, ldb: keyStride, beta: 0, c: d, ldc: n)
      for i in 0..<count {
        // Σ_j dA_ij A_ij = do_i·o_i
        let along = dot(output + i * width, dOutput + i * width, r)
        let row = d + i * n
        let a = weights + i * n
        for j in 0..<n { row[j] = (row[j] - along) * a[j] }
      }
      K.gemm(
        transposeA: false, transposeB: false, m: count, n: r, k: n, alpha: attentionScale, a: d, lda: n,
        b: k, ldb: keyStride, beta: 0, c: dq + first * dqStride, ldc: dqStride)
      K.gemm(
        transposeA: true, transposeB: false, m: n, n: r, k: count, alpha: attentionScale, a: d, lda: n,
        b: q + first * queryStride, ldb: queryStride, beta: first > 0 ? 1 : 0, c: dk, ldc: dkStride)
    }
  }
}
