extension ResidualStream {
  /// Runs the blocks over the first `t` tokens of `scratch.input`, which is standardised in place. Outputs and squared
  /// norms are left in the scratch.
  func forward(_ t: Int, _ s: StreamScratch) {
    if let depthwise, let own = s.depthwise {
      precondition(t == depthwise.shape.tokens, "a convolution reads whole maps")
      depthwise.forward(s.input.pointer, own)
    }
    standardise(t, s)
    if shape.depth > 0 {
      if !s.isBlockwise && shape.wide > 0 {
        if let tokens = s.integers {
          projectIntegers(t, tokens, s)
        } else {
          project(0, shape.wide, 0..<t, s, into: s.projected.pointer, stride: s.stride)
        }
      }
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

  /// Adds the gradients of the blocks and of the input norm, given dL/do in `dOutputs` and dL/d‖x_M‖² in `dSquaredNorm`.
  func backward(_ t: Int, _ s: StreamScratch, _ g: StreamGradient) {
    let c = shape.channels
    for l in stride(from: shape.depth - 1, through: 0, by: -1) { blockBackward(l, t, s, g) }
    if shape.wide > 0 {
      rowsBackward(0, shape.wide, t, s.workspace.dProjected.pointer, s, g)
    }
    if let d = s.dInput {
      // Through ‖x_0‖²; what the readout gives is there already, and both are centred.
      for i in 0..<t {
        axpy(2 * s.workspace.dSquaredNorm.pointer[i], s.input.pointer + i * c, d + i * c, c)
      }
      if let depthwise, let own = s.depthwise { depthwise.backward(d, own, g.depthwise) }
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

  /// `into ← x_0 · rowsᵀ` for `count` rows from `first`, of `tokens`.
  func project(
    _ first: Int, _ count: Int, _ tokens: Range<Int>, _ s: StreamScratch,
    into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let c = shape.channels
    let t = tokens.count
    if shape.inputNorm {
      for i in 0..<t { (out + i * stride).update(from: rowConstants.pointer + first, count: count) }
    }
    let input = s.input.pointer + tokens.lowerBound * c
    guard packed.count == 0 || first != 0 || count != shape.wide else {
      K.product(
        input, m: t, depth: c, packed: packed.pointer, count: count, adding: shape.inputNorm, into: out,
        ldc: stride)
      return
    }
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: count, k: c, alpha: 1, a: input, lda: c,
      b: inputRows.pointer + first * c, ldb: c,
      beta: shape.inputNorm ? 1 : 0, c: out, ldc: stride)
  }

  /// From dL/d(projections) `[T, count]` to the gradients of `count` rows from `first`, and adds to that of x_0 where it is asked for.
  func rowsBackward(
    _ first: Int, _ count: Int, _ t: Int, _ d: UnsafePointer<Float>, _ s: StreamScratch, _ g: StreamGradient
  ) {
    let c = shape.channels
    K.gemm(
      transposeA: true, transposeB: false, m: count, n: c, k: t, alpha: 1,
      a: d, lda: count, b: s.input.pointer, ldb: c, beta: 1, c: g.rows + first * c, ldc: c)
    if let dInput = s.dInput {
      K.gemm(
        transposeA: false, transposeB: false, m: t, n: c, k: count, alpha: 1,
        a: d, lda: count, b: inputRows.pointer + first * c, ldb: c, beta: 1, c: dInput, ldc: c)
    }
    guard shape.inputNorm else { return }
    for i in 0..<t { axpy(1, d + i * count, g.rowConstants + first, count) }
  }

  /// Centres the tokens (with an input norm: also scales them to unit variance) in place, unless a readout needs their
  /// means, and takes the squared norm of each centred x_0.
  private func standardise(_ t: Int, _ s: StreamScratch) {
    guard shape.usesNorm || shape.inputNorm else { return }
    if let tokens = s.integers { return standardise(t, tokens, s) }
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
  func norm(_ t: Int, _ s: StreamScratch, into scales: UnsafeMutablePointer<Float>) {
    let square = s.workspace.squaredNorm.pointer
    for i in 0..<t { scales[i] = 1 / (square[i] / Float(shape.channels) + shape.epsilon).squareRoot() }
  }

  /// Through `y = a·z + bias`: adds to dL/dbias, turns dL/dy into dL/dz, and returns a·dL/da.
  func scaleAddBackward(
    _ dy: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    _ dBias: UnsafeMutablePointer<Float>, by a: Float, _ n: Int
  ) -> Float {
    var sums = Lanes(repeating: 0)
    let factor = Lanes(repeating: a)
    var i = 0
    while i &+ 8 <= n {
      let d = lanes(dy, i)
      sums += d * (lanes(y, i) - lanes(bias, i))
      store(lanes(dBias, i) + d, dBias, i)
      store(d * factor, dy, i)
      i &+= 8
    }
    var along = horizontalSum(sums)
    while i < n {
      along += dy[i] * (y[i] - bias[i])
      dBias[i] += dy[i]
      dy[i] *= a
      i &+= 1
    }
    return along
  }
}
