extension HeadNetwork {
  /// Adds one sample's gradients to `g`, given `dLogits` `[classes]`. Must follow `forward` on the same scratch (made for
  /// training) with the same `tokens` and `mask`.
  public func backward(
    tokens: Int, dLogits: UnsafePointer<Float>, mask: UnsafePointer<Float>? = nil, scratch s: HeadScratch,
    into g: HeadGradient
  ) {
    let c = shape.channels
    let t = usedTokens(tokens)
    let width = shape.rank * shape.depth
    let d = s.dPooled.pointer
    classifierBackward(dLogits, mask, s, g)  // d ← dL/d(x_M pooled, before the final gain)
    if width > 0 {
      s.dOutputs.pointer.update(repeating: 0, count: t * width)
      s.dSquaredNorm.pointer.update(repeating: 0, count: t)
    }
    switch shape.pooling {
    case .cls: classBackward(d, s, g)
    case .mean: meanBackward(d, t, s, g)
    }
    for l in stride(from: shape.depth - 1, through: 0, by: -1) { blockBackward(l, t, s, g) }
    guard shape.depth > 0 || shape.pooling == .mean else { return }
    if shape.depth > 0 {
      let wide = rowPlan.wide
      K.gemm(
        transposeA: true, transposeB: false, m: wide, n: c, k: t, alpha: 1,
        a: s.dProjected.pointer, lda: wide, b: s.input, ldb: c, beta: 1, c: g.rows, ldc: c)
      if shape.inputNorm {
        for i in 0..<t { axpy(1, s.dProjected.pointer + i * wide, g.rowConstants, wide) }
      }
    }
    if shape.inputNorm { inputNormBackward(t, s, g) }
  }

  private func classifierBackward(
    _ dLogits: UnsafePointer<Float>, _ mask: UnsafePointer<Float>?, _ s: HeadScratch, _ g: HeadGradient
  ) {
    let c = shape.channels
    let d = s.dPooled.pointer
    d.update(repeating: 0, count: c)
    let weights = g.classifier(shape)
    let bias = g.classifierBias(shape)
    for i in 0..<shape.classes {
      axpy(dLogits[i], classifier.pointer + i * c, d, c)
      axpy(dLogits[i], s.classifierInput.pointer, weights + i * c, c)
      bias[i] += dLogits[i]
    }
    if let mask {
      for x in 0..<c { d[x] *= mask[x] }
    }
    addProduct(d, s.pooled.pointer, g.finalGain(shape), c)
    axpy(1, d, g.finalBias(shape), c)
    for x in 0..<c { d[x] *= finalGain.pointer[x] }
  }

  /// Through the final LayerNorm of the class token: `d` becomes dL/dx_M of token 0.
  private func classBackward(_ d: UnsafeMutablePointer<Float>, _ s: HeadScratch, _ g: HeadGradient) {
    let c = shape.channels
    let y = s.pooled.pointer
    centre(d, c)
    let along = dot(d, y, c) / Float(c)
    for x in 0..<c { d[x] = s.finalScale * (d[x] - y[x] * along) }
    outputsBackward(d, pooledOutputs: s.outputs.pointer, s.dOutputs.pointer, g)
    if shape.inputNorm {
      addProduct(d, s.input, g.inputGain, c)
      axpy(1, d, g.inputBias, c)
    }
  }

  /// Through the weighted mean over tokens, whose weights depend on the final norms.
  private func meanBackward(_ d: UnsafeMutablePointer<Float>, _ t: Int, _ s: HeadScratch, _ g: HeadGradient) {
    let c = shape.channels
    let width = shape.rank * shape.depth
    centre(d, c)
    let dOutput = s.dPooledOutputs.pointer
    s.dPooledOutputs.clear()
    outputsBackward(d, pooledOutputs: s.pooledOutputs.pointer, dOutput, g)
    // d·x_0,t = (d ⊙ g)·x̂_t + d·b
    var direction = d
    var constant: Float = 0
    if shape.inputNorm {
      addProduct(d, s.pooledInput.pointer, g.inputGain, c)
      axpy(sum(s.tokenWeights.pointer, t), d, g.inputBias, c)
      direction = s.wideRow.pointer
      for x in 0..<c { direction[x] = d[x] * inputGain.pointer[x] }
      constant = dot(d, inputBias.pointer, c)
    }
    for i in 0..<t {
      let w = s.tokenWeights.pointer[i]
      let o = s.outputs.pointer + i * width
      let dWeight = constant + dot(direction, s.input + i * c, c) + dot(dOutput, o, width)
      axpy(w, dOutput, s.dOutputs.pointer + i * width, width)
      let scale = w * Float(t)
      s.dSquaredNorm.pointer[i] = dWeight / Float(t) * -0.5 * scale * scale * scale / Float(c)
    }
  }

  /// Through `x ← x + Σ P_jᵀ o_j`: adds to dL/do `[rM]` and to dL/dP.
  private func outputsBackward(
    _ d: UnsafePointer<Float>, pooledOutputs o: UnsafePointer<Float>, _ dOutput: UnsafeMutablePointer<Float>,
    _ g: HeadGradient
  ) {
    let c = shape.channels
    for l in 0..<shape.depth {
      for i in 0..<shape.rank {
        let j = l * shape.rank + i
        dOutput[j] += dot(rows.pointer + (rowPlan.out(l) + i) * c, d, c)
        axpy(o[j], d, g.pooledRows + j * c, c)
      }
    }
  }

  private func blockBackward(_ l: Int, _ t: Int, _ s: HeadScratch, _ g: HeadGradient) {
    let r = shape.rank
    let wide = rowPlan.wide
    let width = r * shape.depth
    let single = rowPlan.isSingle(l)
    let projected = s.projected.pointer + rowPlan.start(l)
    let dProjected = s.dProjected.pointer + rowPlan.start(l)
    let output = s.outputs.pointer + l * r
    let dOutput = s.dOutputs.pointer + l * r
    let dNorm = s.dSquaredNorm.pointer

    if !single {
      // ‖x_{l+1}‖² = ‖x_l‖² + (2 P x_l + P Pᵀ o)·o, with P x_{l+1} = P x_l + P Pᵀ o in the fourth quarter.
      for i in 0..<t {
        let o = output + i * width
        let along = dProjected + i * wide + 3 * r
        for x in 0..<r { along[x] = 2 * dNorm[i] * o[x] }
        axpy(2 * dNorm[i], projected + i * wide + 3 * r, dOutput + i * width, r)
      }
      K.gemm(
        transposeA: true, transposeB: false, m: r, n: r, k: t, alpha: 0.5,
        a: dProjected + 3 * r, lda: wide, b: output, ldb: width,
        beta: 1, c: g.cross + l * r * rowPlan.count + rowPlan.out(l), ldc: rowPlan.count)
    }

    attentionBackward(l, t, s)

    // [K V Q] = a·z + bias with a = (‖x‖²/C + ε)^-½.
    let bias = qkvBias.pointer + 3 * r * l
    let dBias = g.qkvBias + 3 * r * l
    let scales = s.scales.pointer + l * s.maximumTokens
    let scaled = single ? 2 * r : 3 * r
    for i in 0..<t {
      let a = scales[i]
      let y = projected + i * wide
      let dy = dProjected + i * wide
      var along = dot(dy, y, scaled) - dot(dy, bias, scaled)
      axpy(1, dy, dBias, scaled)
      scale(dy, by: a, scaled)
      if single && i == 0 {
        let dq = s.dQuery.pointer
        along += dot(dq, s.query.pointer, r) - dot(dq, bias + 2 * r, r)
        axpy(1, dq, dBias + 2 * r, r)
        scale(dq, by: a, r)
      }
      dNorm[i] -= 0.5 * a * a / Float(shape.channels) * along
    }
    if single { lastQueryBackward(l, s, g) }

    guard l > 0 else { return }
    let count = rowPlan.count
    let cross = cross.pointer + rowPlan.start(l)
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: l * r, k: rowPlan.width(l), alpha: 1,
      a: dProjected, lda: wide, b: cross, ldb: count, beta: 1, c: s.dOutputs.pointer, ldc: width)
    K.gemm(
      transposeA: true, transposeB: false, m: l * r, n: rowPlan.width(l), k: t, alpha: 1,
      a: s.outputs.pointer, lda: width, b: dProjected, ldb: wide,
      beta: 1, c: g.cross + rowPlan.start(l), ldc: count)
  }

  /// From dL/do to dL/d[K V Q], for o = A V and A = softmax(Q Kᵀ/√r).
  private func attentionBackward(_ l: Int, _ t: Int, _ s: HeadScratch) {
    let r = shape.rank
    let wide = rowPlan.wide
    let width = r * shape.depth
    let single = rowPlan.isSingle(l)
    let queries = single ? 1 : t
    let keys = s.projected.pointer + rowPlan.start(l)
    let dKeys = s.dProjected.pointer + rowPlan.start(l)
    let q = single ? s.query.pointer : keys + 2 * r
    let dq = single ? s.dQuery.pointer : dKeys + 2 * r
    let queryStride = single ? r : wide
    let output = s.outputs.pointer + l * r
    let dOutput = s.dOutputs.pointer + l * r
    let weights = s.attention.pointer + l * s.attentionStride
    let d = s.dAttention.pointer
    K.gemm(
      transposeA: true, transposeB: false, m: t, n: r, k: queries, alpha: 1, a: weights, lda: t,
      b: dOutput, ldb: width, beta: 0, c: dKeys + r, ldc: wide)
    K.gemm(
      transposeA: false, transposeB: true, m: queries, n: t, k: r, alpha: 1, a: dOutput, lda: width,
      b: keys + r, ldb: wide, beta: 0, c: d, ldc: t)
    for i in 0..<queries {
      // Σ_j dA_ij A_ij = do_i·o_i
      let along = dot(output + i * width, dOutput + i * width, r)
      let row = d + i * t
      let a = weights + i * t
      for j in 0..<t { row[j] = (row[j] - along) * a[j] }
    }
    K.gemm(
      transposeA: false, transposeB: false, m: queries, n: r, k: t, alpha: attentionScale, a: d, lda: t,
      b: keys, ldb: wide, beta: 0, c: dq, ldc: queryStride)
    K.gemm(
      transposeA: true, transposeB: false, m: t, n: r, k: queries, alpha: attentionScale, a: d, lda: t,
      b: q, ldb: queryStride, beta: 0, c: dKeys, ldc: wide)
  }

  /// Through the class token's query of the last block; `dQuery` is dL/dz by now.
  private func lastQueryBackward(_ l: Int, _ s: HeadScratch, _ g: HeadGradient) {
    let r = shape.rank
    let c = shape.channels
    let first = rowPlan.query(l)
    for i in 0..<r {
      let d = s.dQuery.pointer[i]
      axpy(d, s.input, g.rows + (first + i) * c, c)
      g.rowConstants[first + i] += d
      for j in 0..<l * r {
        let at = j * rowPlan.count + first + i
        s.dOutputs.pointer[j] += d * cross.pointer[at]
        g.cross[at] += d * s.outputs.pointer[j]
      }
    }
  }

  /// The input norm's gradients through `‖x_0‖²`, with `x_0 = x̂ ⊙ g + b − mean`.
  private func inputNormBackward(_ t: Int, _ s: HeadScratch, _ g: HeadGradient) {
    let c = shape.channels
    for i in 0..<t {
      let d = 2 * s.dSquaredNorm.pointer[i]
      let row = s.input + i * c
      let x0 = s.wideRow.pointer
      centredInput(row, mean: s.inputMean.pointer[i], into: x0)
      axpy(d, x0, g.inputBias, c)
      scale(x0, by: d, c)
      addProduct(x0, row, g.inputGain, c)
    }
  }
}
