extension HeadNetwork {
  /// Turns summed gradients of the folded weights into gradients of the parameters `[layout.count]`, overwriting
  /// `gradient`. `parameters` are those of the last `prepare`. `g` is used as scratch memory and holds nothing after.
  public func unfold(
    _ g: HeadGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let r = shape.rank
    let count = rowPlan.count
    (gradient + layout.finalGain.lowerBound).update(from: g.tail, count: 2 * c + shape.classes * (c + 1))
    let dRows = g.rows
    if shape.inputNorm {
      // inputRows = rows ⊙ g, rowConstants = rows · b
      for i in 0..<count {
        let row = rows.pointer + i * c
        let d = dRows + i * c
        addProduct(d, row, g.inputGain, c)
        axpy(g.rowConstants[i], row, g.inputBias, c)
        for x in 0..<c {
          d[x] = d[x] * inputGain.pointer[x] + g.rowConstants[i] * inputBias.pointer[x]
        }
      }
      (gradient + layout.inputGain.lowerBound).update(from: g.inputGain, count: c)
      (gradient + layout.inputBias.lowerBound).update(from: g.inputBias, count: c)
    }
    for l in 0..<shape.depth {
      // cross[i, l] = P_i · rows_l for i ≤ l; parts of it that the forward pass does not use have gradient zero.
      let later = count - rowPlan.start(l)
      K.gemm(
        transposeA: false, transposeB: false, m: r, n: c, k: later, alpha: 1,
        a: g.cross + l * r * count + rowPlan.start(l), lda: count, b: rows.pointer + rowPlan.start(l) * c,
        ldb: c,
        beta: 1, c: dRows + rowPlan.out(l) * c, ldc: c)
      for i in 0...l {
        K.gemm(
          transposeA: true, transposeB: false, m: 4 * r, n: c, k: r, alpha: 1,
          a: g.cross + i * r * count + rowPlan.start(l), lda: count, b: rows.pointer + rowPlan.out(i) * c,
          ldb: c,
          beta: 1, c: dRows + rowPlan.start(l) * c, ldc: c)
      }
      axpy(1, g.pooledRows + l * r * c, dRows + rowPlan.out(l) * c, r * c)
    }
    for l in 0..<shape.depth { unfold(block: l, g, parameters, gradient) }
  }

  /// From the gradients of a block's rows to those of its LayerNorm, `W_qkv` and `W_o`.
  private func unfold(
    block l: Int, _ g: HeadGradient, _ parameters: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let r = shape.rank
    let block = layout.block(l)
    let gain = parameters + block.normGain.lowerBound
    let bias = parameters + block.normBias.lowerBound
    let dGain = gradient + block.normGain.lowerBound
    let dBias = gradient + block.normBias.lowerBound
    dGain.update(repeating: 0, count: c)
    dBias.update(repeating: 0, count: c)
    for i in 0..<3 * r {
      let at = block.qkv.lowerBound + HeadNetwork.parameterRow(i, rank: r) * c
      let weights = parameters + at
      let d = g.rows + (rowPlan.start(l) + i) * c
      let b = g.qkvBias[3 * r * l + i]
      centre(d, c)
      addProduct(d, weights, dGain, c)
      axpy(b, weights, dBias, c)
      let out = gradient + at
      for x in 0..<c { out[x] = d[x] * gain[x] + b * bias[x] }
    }
    let out = gradient + block.out.lowerBound
    for i in 0..<r {
      let d = g.rows + (rowPlan.out(l) + i) * c
      centre(d, c)
      for x in 0..<c { out[x &* r &+ i] = d[x] }
    }
  }
}
