extension LowRankTrunk {
  /// Runs the blocks over the first `t` tokens of `scratch.input`, which is standardised in place. Outputs and squared
  /// norms are left in the scratch.
  func forward(_ t: Int, _ s: TrunkScratch) {
    standardise(t, s)
    if shape.depth > 0 {
      if !s.isBlockwise { project(0, shape.wide, 0..<t, s, into: s.projected.pointer, stride: s.stride) }
      for l in 0..<shape.depth {
        if s.isBlockwise {
          project(shape.start(l), shape.width(l), 0..<t, s, into: s.projected.pointer, stride: s.stride)
        }
        block(l, t, s)
      }
    }
    guard shape.readoutNorm else { return }
    norm(t, s, into: s.scales.pointer + shape.depth * s.maximumTokens)
  }

  /// `into ← x_0 · rowsᵀ` for `count` rows from `first`, of `tokens`.
  func project(
    _ first: Int, _ count: Int, _ tokens: Range<Int>, _ s: TrunkScratch,
    into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let c = shape.channels
    let t = tokens.count
    if shape.inputNorm {
      for i in 0..<t { (out + i * stride).update(from: rowConstants.pointer + first, count: count) }
    }
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: count, k: c, alpha: 1,
      a: s.input.pointer + tokens.lowerBound * c, lda: c, b: inputRows.pointer + first * c, ldb: c,
      beta: shape.inputNorm ? 1 : 0, c: out, ldc: stride)
  }

  /// Centres the tokens (with an input norm: also scales them to unit variance) in place, unless a readout needs their
  /// means, and takes the squared norm of each centred x_0.
  private func standardise(_ t: Int, _ s: TrunkScratch) {
    guard shape.usesNorm || shape.inputNorm else { return }
    let c = shape.channels
    let square = s.workspace.squaredNorm.pointer
    for i in 0..<t {
      let row = s.input.pointer + i * c
      guard shape.inputNorm else {
        square[i] = shape.isRaw ? centredSquare(row, c) : centre(row, c)
        continue
      }
      let spread = centre(row, c)
      scale(row, by: 1 / (spread / Float(c) + shape.epsilon).squareRoot(), c)
      let mean = (dot(row, inputGain.pointer, c) + sum(inputBias.pointer, c)) / Float(c)
      s.inputMean.pointer[i] = mean
      square[i] = centredInput(row, mean: mean, into: s.workspace.wideRow.pointer)
    }
  }

  /// `x̂ ⊙ g + b − mean` into `out` (a copy of the row without an input norm); returns its squared norm.
  @discardableResult
  func centredInput(_ row: UnsafePointer<Float>, mean: Float, into out: UnsafeMutablePointer<Float>) -> Float
  {
    let c = shape.channels
    if shape.inputNorm {
      for x in 0..<c { out[x] = row[x] * inputGain.pointer[x] + inputBias.pointer[x] - mean }
    } else {
      out.update(from: row, count: c)
    }
    return dot(out, out, c)
  }

  /// The LayerNorm's scale of every token.
  private func norm(_ t: Int, _ s: TrunkScratch, into scales: UnsafeMutablePointer<Float>) {
    let square = s.workspace.squaredNorm.pointer
    for i in 0..<t { scales[i] = 1 / (square[i] / Float(shape.channels) + shape.epsilon).squareRoot() }
  }

  /// One block: finishes its projections with the outputs of the blocks before, attends, and carries the squared norm on.
  private func block(_ l: Int, _ t: Int, _ s: TrunkScratch) {
    let r = shape.rank
    let stride = s.stride
    let outputStride = shape.outputs
    let single = shape.isSingle(l)
    let projected = s.projected(shape, l)
    let bias = constants.pointer + 3 * r * l
    let scales = s.scales.pointer + l * s.maximumTokens
    if l > 0 {
      K.gemm(
        transposeA: false, transposeB: false, m: t, n: shape.width(l), k: l * r, alpha: 1,
        a: s.outputs.pointer, lda: outputStride, b: cross.pointer + shape.start(l), ldb: shape.rowCount,
        beta: 1, c: projected, ldc: stride)
    }
    norm(t, s, into: scales)
    let scaled = single ? 2 * r : 3 * r
    for i in 0..<t { scaleAdd(projected + i * stride, by: scales[i], bias, scaled) }
    if single { lastQuery(l, s) }
    if shape.reduction > 1 { pool(l, s) }
    attend(l, t, s)
    guard !single else { return }

    // ‖x_{l+1}‖² = ‖x_l‖² + (2 P x_l + P Pᵀ o)·o; P x_l becomes P x_{l+1}, which the backward pass needs.
    let output = s.outputs.pointer + l * r
    let small = s.workspace.small.pointer
    K.gemm(
      transposeA: false, transposeB: false, m: t, n: r, k: r, alpha: 1, a: output, lda: outputStride,
      b: cross.pointer + l * r * shape.rowCount + shape.out(l), ldb: shape.rowCount,
      beta: 0, c: small, ldc: r)
    for i in 0..<t {
      let along = projected + i * stride + 3 * r
      let own = small + i * r
      let o = output + i * outputStride
      s.workspace.squaredNorm.pointer[i] += 2 * dot(along, o, r) + dot(own, o, r)
      for x in 0..<r { along[x] += own[x] }
    }
  }

  /// The first token's query of the last block.
  private func lastQuery(_ l: Int, _ s: TrunkScratch) {
    let r = shape.rank
    let c = shape.channels
    let first = shape.query(l)
    let bias = constants.pointer + 3 * r * l + 2 * r
    for i in 0..<r {
      var z = rowConstants.pointer[first + i] + dot(inputRows.pointer + (first + i) * c, s.input.pointer, c)
      for j in 0..<l * r { z += s.outputs.pointer[j] * cross.pointer[j * shape.rowCount + first + i] }
      s.workspace.query.pointer[i] = z * s.scales.pointer[l * s.maximumTokens] + bias[i]
    }
  }

  /// The readout `[count, R]` of `tokens`, over all of which `forward` ran.
  func readout(_ tokens: Range<Int>, _ s: TrunkScratch, into z: UnsafeMutablePointer<Float>) {
    let rows = shape.readout
    project(shape.blockRows, rows, tokens, s, into: z, stride: rows)
    if shape.depth > 0 {
      K.gemm(
        transposeA: false, transposeB: false, m: tokens.count, n: rows, k: shape.outputs, alpha: 1,
        a: s.outputs.pointer + tokens.lowerBound * shape.outputs, lda: shape.outputs,
        b: cross.pointer + shape.blockRows, ldb: shape.rowCount,
        beta: 1, c: z, ldc: rows)
    }
    guard shape.readoutNorm else { return }
    let scales = s.scales.pointer + shape.depth * s.maximumTokens + tokens.lowerBound
    let bias = constants.pointer + 3 * shape.outputs
    for i in 0..<tokens.count { scaleAdd(z + i * rows, by: scales[i], bias, rows) }
  }
}
