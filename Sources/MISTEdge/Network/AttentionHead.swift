/// One head of softmax attention over rows that lie anywhere: `o = softmax(scale · Q Kᵀ) V`, forward and backward, for as many
/// queries at a time as the caller has room for softmax rows.
struct AttentionHead<K: EdgeKernels> {
  /// Rows of a matrix, `stride` floats apart.
  struct Rows {
    let pointer: UnsafeMutablePointer<Float>
    let stride: Int

    init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
      self.pointer = pointer
      self.stride = stride
    }

    /// The rows from `first`.
    func from(_ first: Int) -> Rows { Rows(pointer + first * stride, stride: stride) }
  }

  let queries: Rows
  let keys: Rows
  let values: Rows
  /// Number of keys n.
  let count: Int
  /// Length of every row.
  let width: Int

  private var scale: Float { 1 / Float(width).squareRoot() }

  /// `softmax(scale · Q Kᵀ)` `[queries, n]` of `range`.
  func softmaxRows(_ range: Range<Int>, into weights: UnsafeMutablePointer<Float>) {
    let q = queries.from(range.lowerBound)
    K.gemm(
      transposeA: false, transposeB: true, m: range.count, n: count, k: width, alpha: scale,
      a: q.pointer, lda: q.stride, b: keys.pointer, ldb: keys.stride, beta: 0, c: weights, ldc: count)
    K.softmax(weights, rows: range.count, width: count)
  }

  /// The outputs of `total` queries, given their softmax rows.
  func outputs(_ total: Int, _ weights: UnsafePointer<Float>, into out: Rows) {
    K.gemm(
      transposeA: false, transposeB: false, m: total, n: width, k: count, alpha: 1,
      a: weights, lda: count, b: values.pointer, ldb: values.stride, beta: 0, c: out.pointer, ldc: out.stride)
  }

  /// From dL/do of the queries in `range` to dL/dQ of these, and to dL/dK and dL/dV, which are set by the queries from 0 and added to
  /// by others. `outputs` are these queries' outputs; `d` is room for `[queries, n]`.
  func backward(
    _ range: Range<Int>, weights: UnsafePointer<Float>, outputs: Rows, dOutputs: Rows,
    dQueries: Rows, dKeys: Rows, dValues: Rows, room d: UnsafeMutablePointer<Float>
  ) {
    let (total, beta): (Int, Float) = (range.count, range.lowerBound > 0 ? 1 : 0)
    let (q, dq) = (queries.from(range.lowerBound), dQueries.from(range.lowerBound))
    K.gemm(
      transposeA: true, transposeB: false, m: count, n: width, k: total, alpha: 1, a: weights, lda: count,
      b: dOutputs.pointer, ldb: dOutputs.stride, beta: beta, c: dValues.pointer, ldc: dValues.stride)
    K.gemm(
      transposeA: false, transposeB: true, m: total, n: count, k: width, alpha: 1,
      a: dOutputs.pointer, lda: dOutputs.stride, b: values.pointer, ldb: values.stride, beta: 0, c: d,
      ldc: count)
    for i in 0..<total {
      // Σ_j dA_ij A_ij = do_i·o_i
      let along = dot(outputs.from(i).pointer, dOutputs.from(i).pointer, width)
      softmaxBackward(d + i * count, weights + i * count, along: along, count)
    }
    K.gemm(
      transposeA: false, transposeB: false, m: total, n: width, k: count, alpha: scale, a: d, lda: count,
      b: keys.pointer, ldb: keys.stride, beta: 0, c: dq.pointer, ldc: dq.stride)
    K.gemm(
      transposeA: true, transposeB: false, m: count, n: width, k: total, alpha: scale, a: d, lda: count,
      b: q.pointer, ldb: q.stride, beta: beta, c: dKeys.pointer, ldc: dKeys.stride)
  }
}

/// Through a softmax with outcome `a`: `d` becomes the gradient of what it was taken of; `along` is `Σ d·a`.
func softmaxBackward(
  _ d: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, along: Float, _ n: Int
) {
  for j in 0..<n { d[j] = (d[j] - along) * a[j] }
}
