extension ResidualStream {
  /// Turns summed gradients of the folded weights into those of the stream's parameters, at their places in `gradient`.
  /// `g` is used as scratch memory and holds nothing after.
  func unfold(
    _ g: StreamGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>,
    _ parts: Parts
  ) {
    depthwise?.unfold(g.depthwise, into: gradient + places.start)
    if shape.inputNorm { unfoldInput(g, gradient) }
    // Columns do not meet in what rows give each other.
    let width = 64
    parts((shape.channels + width - 1) / width) { part in
      let columns = part * width..<min((part + 1) * width, self.shape.channels)
      for l in 0..<self.shape.depth { self.unfoldCross(l, columns, g) }
    }
    parts(shape.depth + 1) { l in
      if l < self.shape.depth {
        self.unfold(block: l, g, parameters, gradient)
      } else if self.shape.readout > 0 {
        self.unfoldReadout(g, parameters, gradient)
      }
    }
  }

  /// inputRows = rows ⊙ g, rowConstants = rows · b.
  private func unfoldInput(_ g: StreamGradient, _ gradient: UnsafeMutablePointer<Float>) {
    let c = shape.channels
    for i in 0..<shape.rowCount {
      let row = rows.pointer + i * c
      let d = g.rows + i * c
      addProduct(d, row, g.inputGain, c)
      axpy(g.rowConstants[i], row, g.inputBias, c)
      for x in 0..<c {
        d[x] = d[x] * inputGain.pointer[x] + g.rowConstants[i] * inputBias.pointer[x]
      }
    }
    (gradient + places.inputGain.lowerBound).update(from: g.inputGain, count: c)
    (gradient + places.inputBias.lowerBound).update(from: g.inputBias, count: c)
  }

  /// cross[i, l] = P_i · rows_l for i ≤ l; parts of it that the forward pass does not use have gradient zero. What a raw
  /// readout gives P is not centred and comes later.
  private func unfoldCross(_ l: Int, _ columns: Range<Int>, _ g: StreamGradient) {
    let c = shape.channels
    let r = shape.rank
    let count = shape.rowCount
    let start = shape.start(l)
    let (rows, dRows) = (rows.pointer + columns.lowerBound, g.rows + columns.lowerBound)
    K.gemm(
      transposeA: false, transposeB: false, m: r, n: columns.count,
      k: (shape.isRaw ? shape.blockRows : count) - start, alpha: 1,
      a: g.cross + l * r * count + start, lda: count, b: rows + start * c, ldb: c,
      beta: 1, c: dRows + shape.out(l) * c, ldc: c)
    func rowsBackward(from i: Int, _ out: UnsafePointer<Float>, _ first: Int, _ n: Int) {
      K.gemm(
        transposeA: true, transposeB: false, m: n, n: columns.count, k: r, alpha: 1,
        a: g.cross + i * r * count + first, lda: count, b: out, ldb: c, beta: 1, c: dRows + first * c, ldc: c)
    }
    for i in 0...l { rowsBackward(from: i, rows + shape.out(i) * c, start, shape.rowsPerBlock) }
    if shape.readout > 0 {
      rowsBackward(from: l, readoutOut(l) + columns.lowerBound, shape.blockRows, shape.readout)
    }
    guard shape.isPooled else { return }
    for i in 0..<r {
      axpy(
        1, g.pooledRows + (l * r + i) * c + columns.lowerBound, dRows + (shape.out(l) + i) * c, columns.count)
    }
  }

  private func unfoldReadout(
    _ g: StreamGradient, _ parameters: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let d = g.rows + shape.blockRows * c
    if shape.isRaw {
      (gradient + places.rows.lowerBound).update(from: d, count: shape.readout * c)
      return
    }
    unfoldRows(
      d, g.constants + shape.readoutConstants, shape.readout, norm: (places.normGain, places.normBias),
      parameters, gradient, at: { places.rows.lowerBound + $0 * c })
  }

  /// From the gradients of `n` folded rows of a LayerNorm and the product behind it (`d`, and `dConstants`) to those of its
  /// gain and bias and of the product's rows, whose places `at` tells.
  private func unfoldRows(
    _ d: UnsafeMutablePointer<Float>, _ dConstants: UnsafePointer<Float>, _ n: Int,
    norm: (gain: Range<Int>, bias: Range<Int>), _ parameters: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>, at place: (Int) -> Int
  ) {
    let c = shape.channels
    let gain = parameters + norm.gain.lowerBound
    let bias = parameters + norm.bias.lowerBound
    let dGain = gradient + norm.gain.lowerBound
    let dBias = gradient + norm.bias.lowerBound
    dGain.update(repeating: 0, count: c)
    dBias.update(repeating: 0, count: c)
    for i in 0..<n {
      let at = place(i)
      let weights = parameters + at
      let row = d + i * c
      let b = dConstants[i]
      centre(row, c)
      addProduct(row, weights, dGain, c)
      axpy(b, weights, dBias, c)
      let out = gradient + at
      for x in 0..<c { out[x] = row[x] * gain[x] + b * bias[x] }
    }
  }

  /// From the gradients of a block's rows to those of its LayerNorm, `W_qkv` and `W_o`.
  private func unfold(
    block l: Int, _ g: StreamGradient, _ parameters: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let r = shape.rank
    let block = places.blocks[l]
    unfoldRows(
      g.rows + shape.start(l) * c, g.constants + shape.inputs * l, shape.inputs,
      norm: (block.normGain, block.normBias),
      parameters, gradient,
      at: { block.input.lowerBound + shape.parameterRow($0) * c })
    let d = g.rows + shape.out(l) * c
    for i in 0..<r { centre(d + i * c, c) }
    if shape.isRaw {
      K.gemm(
        transposeA: false, transposeB: false, m: r, n: c, k: shape.readout, alpha: 1,
        a: g.cross + l * r * shape.rowCount + shape.blockRows, lda: shape.rowCount,
        b: rows.pointer + shape.blockRows * c, ldb: c, beta: 1, c: d, ldc: c)
    }
    let out = gradient + block.output.lowerBound
    for i in 0..<r {
      for x in 0..<c { out[x &* r &+ i] = d[i * c &+ x] }
    }
  }
}
