extension AttentiveReadout {
  private var attentionScale: Float { 1 / Float(shape.channels).squareRoot() }

  /// Attention `[Q, T]`, its sums over tokens, and the weights of the tokens in the gathered vectors.
  func attend(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch, _ mask: UnsafePointer<Float>?) {
    stream.readout(0..<t, s, into: a.scores.pointer)
    let scales = s.scales.pointer + shape.depth * s.maximumTokens
    for q in 0..<queries {
      let row = a.attention.pointer + q * t
      let weights = a.weights.pointer + q * t
      for i in 0..<t { row[i] = a.scores.pointer[i * queries + q] * attentionScale }
      K.softmax(row, rows: 1, width: t)
      var total: Float = 0
      for i in 0..<t {
        let kept = mask.map { row[i] * $0[q * t + i] } ?? row[i]
        total += kept
        weights[i] = kept * scales[i]
      }
      a.totals.pointer[q] = total
    }
  }

  /// From dL/d(weights) through dropout and softmax to dL/d(scores) `[T, Q]`; what the norm's scales get is kept.
  func scoresBackward(
    _ t: Int, _ s: StreamScratch, _ a: AttentiveScratch, _ mask: UnsafePointer<Float>?
  ) {
    let scales = s.scales.pointer + shape.depth * s.maximumTokens
    a.dScales.clear()
    for q in 0..<queries {
      let row = a.attention.pointer + q * t
      let d = a.dWeights.pointer + q * t
      var along: Float = 0
      for i in 0..<t {
        let factor = mask.map { $0[q * t + i] } ?? 1
        a.dScales.pointer[i] += d[i] * row[i] * factor
        d[i] = (d[i] * scales[i] + a.dTotals.pointer[q]) * factor
        along += d[i] * row[i]
      }
      for i in 0..<t { a.dScores.pointer[i * queries + q] = (d[i] - along) * row[i] * attentionScale }
    }
  }

  /// `Σ_t w_t x_M,t` of every query, centred, `[Q, C]`.
  func gather(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch) {
    let (c, r, width) = (shape.channels, shape.rank, shape.outputs)
    let m = a.gathered.pointer
    K.gemm(
      transposeA: false, transposeB: false, m: queries, n: c, k: t, alpha: 1,
      a: a.weights.pointer, lda: t, b: s.input.pointer, ldb: c, beta: 0, c: m, ldc: c)
    if shape.inputNorm {
      a.gatheredInput.pointer.update(from: m, count: queries * c)
      for q in 0..<queries {
        let total = sum(a.weights.pointer + q * t, t)
        let row = m + q * c
        for x in 0..<c {
          row[x] = row[x] * stream.inputGain.pointer[x] + total * stream.inputBias.pointer[x]
        }
        centre(row, c)
      }
    }
    guard shape.depth > 0 else { return }
    K.gemm(
      transposeA: false, transposeB: false, m: queries, n: width, k: t, alpha: 1,
      a: a.weights.pointer, lda: t, b: s.outputs.pointer, ldb: width, beta: 0, c: a.outputs.pointer,
      ldc: width
    )
    for l in 0..<shape.depth {
      K.gemm(
        transposeA: false, transposeB: false, m: queries, n: c, k: r, alpha: 1,
        a: a.outputs.pointer + l * r, lda: width, b: stream.rows.pointer + shape.out(l) * c, ldb: c,
        beta: 1, c: m, ldc: c)
    }
  }

  /// From dL/d(gathered) to dL/d(weights) `[Q, T]`, and to the gradients of P and of the input norm.
  func gatherBackward(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch, _ g: StreamGradient) {
    let (c, r, width) = (shape.channels, shape.rank, shape.outputs)
    let (d, dWeights) = (a.dGathered.pointer, a.dWeights.pointer)
    for l in 0..<shape.depth {
      let rows = stream.rows.pointer + shape.out(l) * c
      K.gemm(
        transposeA: false, transposeB: true, m: queries, n: r, k: c, alpha: 1,
        a: d, lda: c, b: rows, ldb: c, beta: 0, c: a.dOutputs.pointer + l * r, ldc: width)
      K.gemm(
        transposeA: true, transposeB: false, m: r, n: c, k: queries, alpha: 1,
        a: a.outputs.pointer + l * r, lda: width, b: d, ldb: c, beta: 1, c: g.pooledRows + l * r * c, ldc: c)
    }
    if shape.inputNorm {
      // x_0 = x̂ ⊙ g + b: what multiplies x̂ goes on, the rest is a constant of the query.
      for q in 0..<queries {
        let row = d + q * c
        addProduct(row, a.gatheredInput.pointer + q * c, g.inputGain, c)
        axpy(sum(a.weights.pointer + q * t, t), row, g.inputBias, c)
        let constant = dot(row, stream.inputBias.pointer, c)
        for i in 0..<t { dWeights[q * t + i] = constant }
        for x in 0..<c { row[x] *= stream.inputGain.pointer[x] }
      }
    }
    K.gemm(
      transposeA: false, transposeB: true, m: queries, n: t, k: c, alpha: 1,
      a: d, lda: c, b: s.input.pointer, ldb: c, beta: shape.inputNorm ? 1 : 0, c: dWeights, ldc: t)
    if let dInput = s.dInput {
      K.gemm(
        transposeA: true, transposeB: false, m: t, n: c, k: queries, alpha: 1,
        a: a.weights.pointer, lda: t, b: d, ldb: c, beta: 0, c: dInput, ldc: c)
    }
    guard shape.depth > 0 else { return }
    K.gemm(
      transposeA: false, transposeB: true, m: queries, n: t, k: width, alpha: 1,
      a: a.dOutputs.pointer, lda: width, b: s.outputs.pointer, ldb: width, beta: 1, c: dWeights, ldc: t)
  }

  /// Adds what the gathered vectors give the outputs and the squared norms.
  func addGathered(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch) {
    let width = shape.outputs
    let scales = s.scales.pointer + shape.depth * s.maximumTokens
    let dNorm = s.workspace.dSquaredNorm.pointer
    for i in 0..<t {
      let scale = scales[i]
      dNorm[i] -= 0.5 * a.dScales.pointer[i] * scale * scale * scale / Float(shape.channels)
    }
    guard shape.depth > 0 else { return }
    K.gemm(
      transposeA: true, transposeB: false, m: t, n: width, k: queries, alpha: 1,
      a: a.weights.pointer, lda: t, b: a.dOutputs.pointer, ldb: width,
      beta: 1, c: s.workspace.dOutputs.pointer, ldc: width)
  }
}
