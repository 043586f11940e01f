extension HeadNetwork {
  /// Logits `[classes]` of one sample's features `[tokens, C]` (class token first), which are copied. To spare the copy,
  /// fill `scratch.input` and call `forward`.
  public func logits(
    features: UnsafePointer<Float>, tokens: Int, scratch: HeadScratch,
    into logits: UnsafeMutablePointer<Float>
  ) {
    scratch.input.update(from: features, count: usedTokens(tokens) * shape.channels)
    forward(tokens: tokens, scratch: scratch, into: logits)
  }

  /// Tokens that the network looks at, of `tokens` given: one for the linear probe on the class token.
  public func usedTokens(_ tokens: Int) -> Int { shape.depth == 0 && shape.pooling == .cls ? 1 : tokens }

  /// Logits `[classes]` of the features `[tokens, C]` in `scratch.input`, which is overwritten.
  ///
  /// - Parameters:
  ///   - tokens: 1 … `scratch.maximumTokens`: any subset of the tokens may be given; with class-token pooling the class
  ///     token is the first.
  ///   - mask: Factors `[C]` on the classifier's input (dropout), or nil.
  public func forward(
    tokens: Int, scratch s: HeadScratch, mask: UnsafePointer<Float>? = nil,
    into logits: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let t = usedTokens(tokens)
    standardise(t, s)
    if shape.depth > 0 {
      let wide = rowPlan.wide
      if shape.inputNorm {
        for i in 0..<t { (s.projected.pointer + i * wide).update(from: rowConstants.pointer, count: wide) }
      }
      K.gemm(
        transposeA: false, transposeB: true, m: t, n: wide, k: c, alpha: 1,
        a: s.input, lda: c, b: inputRows.pointer, ldb: c,
        beta: shape.inputNorm ? 1 : 0, c: s.projected.pointer, ldc: wide)
      for l in 0..<shape.depth { block(l, t, s) }
    }
    switch shape.pooling {
    case .cls: poolClass(s)
    case .mean: poolMean(t, s)
    }
    let input = s.classifierInput.pointer
    for x in 0..<c {
      input[x] = s.pooled.pointer[x] * finalGain.pointer[x] + finalBias.pointer[x]
    }
    if let mask {
      for x in 0..<c { input[x] *= mask[x] }
    }
    for i in 0..<shape.classes {
      logits[i] = classifierBias.pointer[i] + dot(classifier.pointer + i * c, input, c)
    }
  }

  /// Centres the tokens (with an input norm: also scales them to unit variance) in place, and takes the squared norm
  /// of each centred x_0.
  private func standardise(_ t: Int, _ s: HeadScratch) {
    let c = shape.channels
    for i in 0..<t {
      let row = s.input + i * c
      let square = centre(row, c)
      s.squaredNorm.pointer[i] = square
      guard shape.inputNorm else { continue }
      scale(row, by: 1 / (square / Float(c) + shape.epsilon).squareRoot(), c)
      let mean = (dot(row, inputGain.pointer, c) + sum(inputBias.pointer, c)) / Float(c)
      s.inputMean.pointer[i] = mean
      s.squaredNorm.pointer[i] = centredInput(row, mean: mean, into: s.wideRow.pointer)
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

  /// One block: finishes its projections with the outputs of the blocks before, attends, and carries the squared norm on.
  private func block(_ l: Int, _ t: Int, _ s: HeadScratch) {
    let r = shape.rank
    let stride = rowPlan.wide
    let outputStride = r * shape.depth
    let single = rowPlan.isSingle(l)
    let projected = s.projected.pointer + rowPlan.start(l)
    let bias = qkvBias.pointer + 3 * r * l
    let scales = s.scales.pointer + l * s.maximumTokens
    if l > 0 {
      K.gemm(
        transposeA: false, transposeB: false, m: t, n: rowPlan.width(l), k: l * r, alpha: 1,
        a: s.outputs.pointer, lda: outputStride, b: cross.pointer + rowPlan.start(l), ldb: rowPlan.count,
        beta: 1, c: projected, ldc: stride)
    }
    let scaled = single ? 2 * r : 3 * r
    for i in 0..<t {
      let a = 1 / (s.squaredNorm.pointer[i] / Float(shape.channels) + shape.epsilon).squareRoot()
      scales[i] = a
      let row = projected + i * stride
      for x in 0..<scaled { row[x] = row[x] * a + bias[x] }
    }
    if single { lastQuery(l, s) }

    let queries = single ? 1 : t
    let weights = s.attention.pointer + l * s.attentionStride
    K.gemm(
      transposeA: false, transposeB: true, m: queries, n: t, k: r, alpha: attentionScale,
      a: single ? s.query.pointer : projected + 2 * r, lda: single ? r : stride, b: projected, ldb: stride,
      beta: 0, c: weights, ldc: t)
    for i in 0..<queries { softmax(weights + i * t, t) }
    let output = s.outputs.pointer + l * r
    K.gemm(
      transposeA: false, transposeB: false, m: queries, n: r, k: t, alpha: 1,
      a: weights, lda: t, b: projected + r, ldb: stride, beta: 0, c: output, ldc: outputStride)
    guard !single else { return }

    // ‖x_{l+1}‖² = ‖x_l‖² + (2 P x_l + P Pᵀ o)·o; P x_l becomes P x_{l+1}, which the backward pass needs.
    K.gemm(
      transposeA: false, transposeB: false, m: t, n: r, k: r, alpha: 1, a: output, lda: outputStride,
      b: cross.pointer + l * r * rowPlan.count + rowPlan.out(l), ldb: rowPlan.count,
      beta: 0, c: s.small.pointer, ldc: r)
    for i in 0..<t {
      let along = projected + i * stride + 3 * r
      let own = s.small.pointer + i * r
      let o = output + i * outputStride
      s.squaredNorm.pointer[i] += 2 * dot(along, o, r) + dot(own, o, r)
      for x in 0..<r { along[x] += own[x] }
    }
  }

  var attentionScale: Float { 1 / Float(shape.rank).squareRoot() }

  /// The class token's query of the last block.
  private func lastQuery(_ l: Int, _ s: HeadScratch) {
    let r = shape.rank
    let c = shape.channels
    let first = rowPlan.query(l)
    let bias = qkvBias.pointer + 3 * r * l + 2 * r
    for i in 0..<r {
      var z = rowConstants.pointer[first + i] + dot(inputRows.pointer + (first + i) * c, s.input, c)
      for j in 0..<l * r { z += s.outputs.pointer[j] * cross.pointer[j * rowPlan.count + first + i] }
      s.query.pointer[i] = z * s.scales.pointer[l * s.maximumTokens] + bias[i]
    }
  }

  /// The class token's x_M, normalised, into `pooled`.
  private func poolClass(_ s: HeadScratch) {
    let c = shape.channels
    let x = s.pooled.pointer
    centredInput(s.input, mean: s.inputMean.pointer[0], into: x)
    addOutputs(s.outputs.pointer, to: x)
    s.finalScale = 1 / (dot(x, x, c) / Float(c) + shape.epsilon).squareRoot()
    scale(x, by: s.finalScale, c)
  }

  /// `Σ_t w_t x_M,t` with `w_t` the final norm's scale over T, into `pooled`.
  private func poolMean(_ t: Int, _ s: HeadScratch) {
    let c = shape.channels
    let width = shape.rank * shape.depth
    let weights = s.tokenWeights.pointer
    for i in 0..<t {
      weights[i] =
        1 / (s.squaredNorm.pointer[i] / Float(c) + shape.epsilon).squareRoot() / Float(t)
    }
    let x = s.pooledInput.pointer
    s.pooledInput.clear()
    s.pooledOutputs.clear()
    for i in 0..<t {
      axpy(weights[i], s.input + i * c, x, c)
      axpy(weights[i], s.outputs.pointer + i * width, s.pooledOutputs.pointer, width)
    }
    let pooled = s.pooled.pointer
    pooled.update(from: x, count: c)
    if shape.inputNorm {
      let total = sum(weights, t)
      for i in 0..<c { pooled[i] = x[i] * inputGain.pointer[i] + total * inputBias.pointer[i] }
      centre(pooled, c)
    }
    addOutputs(s.pooledOutputs.pointer, to: pooled)
  }

  /// `x ← x + Σ_j P_jᵀ o_j` for one token's outputs `[rM]`.
  private func addOutputs(_ o: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>) {
    let c = shape.channels
    for l in 0..<shape.depth {
      for i in 0..<shape.rank {
        axpy(o[l * shape.rank + i], rows.pointer + (rowPlan.out(l) + i) * c, x, c)
      }
    }
  }
}
