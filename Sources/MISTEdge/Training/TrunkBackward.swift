extension LowRankTrunk {
  /// Adds the gradients of the blocks and of the input norm, given dL/do in `dOutputs` and dL/d‖x_M‖² in `dSquaredNorm`.
  func backward(_ t: Int, _ s: TrunkScratch, _ g: TrunkGradient) {
    let c = shape.channels
    for l in stride(from: shape.depth - 1, through: 0, by: -1) { blockBackward(l, t, s, g) }
    if shape.depth > 0 {
      rowsBackward(0, shape.wide, t, s.workspace.dProjected.pointer, s, g)
    }
    guard shape.inputNorm && shape.usesNorm else { return }
    // Through ‖x_0‖², with x_0 = x̂ ⊙ g + b − mean.
    for i in 0..<t {
      let d = 2 * s.workspace.dSquaredNorm.pointer[i]
      let row = s.input.pointer + i * c
      let x0 = s.workspace.wideRow.pointer
      centredInput(row, mean: s.inputMean.pointer[i], into: x0)
      axpy(d, x0, g.inputBias, c)
      scale(x0, by: d, c)
      addProduct(x0, row, g.inputGain, c)
    }
  }

  /// From dL/d(projections) `[T, count]` to the gradients of `count` rows from `first`.
  private func rowsBackward(
    _ first: Int, _ count: Int, _ t: Int, _ d: UnsafePointer<Float>, _ s: TrunkScratch, _ g: TrunkGradient
  ) {
    let c = shape.channels
    K.gemm(
      transposeA: true, transposeB: false, m: count, n: c, k: t, alpha: 1,
      a: d, lda: count, b: s.input.pointer, ldb: c, beta: 1, c: g.rows + first * c, ldc: c)
    guard shape.inputNorm else { return }
    for i in 0..<t { axpy(1, d + i * count, g.rowConstants + first, count) }
  }

  /// Through the readout, given dL/dz `[T, R]` (overwritten): sets the gradients of the outputs and of the squared norms.
  func readoutBackward(
    _ t: Int, z: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, _ s: TrunkScratch, _ g: TrunkGradient
  ) {
    let rows = shape.readout
    let dNorm = s.workspace.dSquaredNorm.pointer
    dNorm.update(repeating: 0, count: t)
    if shape.readoutNorm {
      let scales = s.scales.pointer + shape.depth * s.maximumTokens
      let bias = constants.pointer + 3 * shape.outputs
      let dBias = g.constants + 3 * shape.outputs
      for i in 0..<t {
        let along = scaleAddBackward(dz + i * rows, z + i * rows, bias, dBias, by: scales[i], rows)
        dNorm[i] = -0.5 * scales[i] * scales[i] / Float(shape.channels) * along
      }
    }
    rowsBackward(shape.blockRows, rows, t, dz, s, g)
    guard shape.depth > 0 else { return }
    let width = shape.outputs
    let count = shape.rowCount
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: width, k: rows, alpha: 1,
      a: dz, lda: rows, b: cross.pointer + shape.blockRows, ldb: count,
      beta: 0, c: s.workspace.dOutputs.pointer, ldc: width)
    K.gemm(
      transposeA: true, transposeB: false, m: width, n: rows, k: t, alpha: 1,
      a: s.outputs.pointer, lda: width, b: dz, ldb: rows, beta: 1, c: g.cross + shape.blockRows, ldc: count)
  }

  /// Through `y = a·z + bias`: adds to dL/dbias, turns dL/dy into dL/dz, and returns a·dL/da.
  private func scaleAddBackward(
    _ dy: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ dBias: UnsafeMutablePointer<Float>, by a: Float, _ n: Int
  ) -> Float {
    let along = dot(dy, y, n) - dot(dy, bias, n)
    axpy(1, dy, dBias, n)
    scale(dy, by: a, n)
    return along
  }

  private func blockBackward(_ l: Int, _ t: Int, _ s: TrunkScratch, _ g: TrunkGradient) {
    let r = shape.rank
    let wide = shape.wide
    let width = shape.outputs
    let single = shape.isSingle(l)
    let projected = s.projected(shape, l)
    let dProjected = s.workspace.dProjected.pointer + shape.start(l)
    let output = s.outputs.pointer + l * r
    let dOutput = s.workspace.dOutputs.pointer + l * r
    let dNorm = s.workspace.dSquaredNorm.pointer

    if !single {
      // ‖x_{l+1}‖² = ‖x_l‖² + (2 P x_l + P Pᵀ o)·o, with P x_{l+1} = P x_l + P Pᵀ o in the fourth quarter.
      for i in 0..<t {
        let o = output + i * width
        let along = dProjected + i * wide + 3 * r
        for x in 0..<r { along[x] = 2 * dNorm[i] * o[x] }
        axpy(2 * dNorm[i], projected + i * s.stride + 3 * r, dOutput + i * width, r)
      }
      K.gemm(
        transposeA: true, transposeB: false, m: r, n: r, k: t, alpha: 0.5,
        a: dProjected + 3 * r, lda: wide, b: output, ldb: width,
        beta: 1, c: g.cross + l * r * shape.rowCount + shape.out(l), ldc: shape.rowCount)
    }

    attendBackward(l, t, s)
    if shape.reduction > 1 { poolBackward(l, s) }

    // [K V Q] = a·z + bias with a = (‖x‖²/C + ε)^-½.
    let bias = constants.pointer + 3 * r * l
    let dBias = g.constants + 3 * r * l
    let scales = s.scales.pointer + l * s.maximumTokens
    let scaled = single ? 2 * r : 3 * r
    for i in 0..<t {
      let a = scales[i]
      var along = scaleAddBackward(
        dProjected + i * wide, projected + i * s.stride, bias, dBias, by: a, scaled)
      if single && i == 0 {
        along += scaleAddBackward(
          s.workspace.dQuery.pointer, s.workspace.query.pointer, bias + 2 * r, dBias + 2 * r, by: a, r)
      }
      dNorm[i] -= 0.5 * a * a / Float(shape.channels) * along
    }
    if single { lastQueryBackward(l, s, g) }

    guard l > 0 else { return }
    let count = shape.rowCount
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: l * r, k: shape.width(l), alpha: 1,
      a: dProjected, lda: wide, b: cross.pointer + shape.start(l), ldb: count,
      beta: 1, c: s.workspace.dOutputs.pointer, ldc: width)
    K.gemm(
      transposeA: true, transposeB: false, m: l * r, n: shape.width(l), k: t, alpha: 1,
      a: s.outputs.pointer, lda: width, b: dProjected, ldb: wide,
      beta: 1, c: g.cross + shape.start(l), ldc: count)
  }

  /// Through the first token's query of the last block; `dQuery` is dL/dz by now.
  private func lastQueryBackward(_ l: Int, _ s: TrunkScratch, _ g: TrunkGradient) {
    let r = shape.rank
    let c = shape.channels
    let first = shape.query(l)
    for i in 0..<r {
      let d = s.workspace.dQuery.pointer[i]
      axpy(d, s.input.pointer, g.rows + (first + i) * c, c)
      g.rowConstants[first + i] += d
      for j in 0..<l * r {
        let at = j * shape.rowCount + first + i
        s.workspace.dOutputs.pointer[j] += d * cross.pointer[at]
        g.cross[at] += d * s.outputs.pointer[j]
      }
    }
  }
}
