/// The last block where the class token alone is read: one query, so that keys and values need not be formed. Token t's score is
/// `a_t (x_t · W_kᵀ q)` but for a constant, which the softmax does not see, and the output is `W_v Σ_t A_t a_t x_t + b`, with a the norm's
/// scale and A the attention: exact, and T·C instead of T·C·r.
extension ResidualStream {
  private var scoreScale: Float { 1 / Float(shape.rank).squareRoot() }

  /// From the tokens before block `l` to the class token's output; A is left where the block's softmax rows are kept.
  func singleQuery(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let (r, before) = (shape.rank, l * shape.rank)
    let own = s.workspace.single
    let scales = s.scales.pointer + l * s.maximumTokens
    let bias = constants.pointer + shape.inputs * l
    let query = own.query.pointer
    s.forStrips(1, K.self) { _, x in
      // Not of the strip that rows need.
      own.gathered.pointer.update(from: x, count: shape.channels)
    }
    readRows(shape.query(l), l, own.gathered.pointer, s.outputs.pointer, 1, s, into: query)
    scaleAdd(query, by: scales[0], bias + 2 * r, r)

    let (products, weights) = (own.products.pointer, own.weights.pointer)
    let constant = sumRows(shape.start(l), l, query, s, into: own.keyed.pointer, own.keyedOutputs.pointer)
    products.update(repeating: constant, count: t)
    readTokens(l, t, s, own.keyed.pointer, own.keyedOutputs.pointer, addingTo: products)
    let attention = s.attention.pointer + (s.keepsAttention ? l * t * t : 0)
    for i in 0..<t { attention[i] = products[i] * scales[i] * scoreScale }
    K.softmax(attention, rows: 1, width: t)
    for i in 0..<t { weights[i] = attention[i] * scales[i] }
    own.total = sum(weights, t)
    sumTokens(l, t, s, weights, into: own.gathered.pointer, own.gatheredOutputs.pointer)
    let output = s.outputs.pointer + before
    readRows(
      shape.start(l) + r, l, own.gathered.pointer, own.gatheredOutputs.pointer, own.total, s,
      into: output)
    axpy(1, bias + r, output, r)
  }

  /// Through the same, given dL/do of the class token: adds to the gradients of the rows, the blocks before and the squared norms, and to
  /// dL/dx_0 where it is asked for.
  func singleQueryBackward(_ l: Int, _ t: Int, _ s: StreamScratch, _ g: StreamGradient) {
    let (r, c, width, before) = (shape.rank, shape.channels, shape.outputs, l * shape.rank)
    let (own, w) = (s.workspace.single, s.workspace)
    let scales = s.scales.pointer + l * s.maximumTokens
    let bias = constants.pointer + shape.inputs * l
    let dBias = g.constants + shape.inputs * l
    let dOutput = w.dOutputs.pointer + before
    let (gathered, gatheredOutputs) = (own.gathered.pointer, own.gatheredOutputs.pointer)
    let (dGathered, dGatheredOutputs) = (own.dGathered.pointer, own.dGatheredOutputs.pointer)
    axpy(1, dOutput, dBias + r, r)
    addRowGradients(shape.start(l) + r, l, dOutput, gathered, gatheredOutputs, own.total, g)
    let dTotal = sumRows(shape.start(l) + r, l, dOutput, s, into: dGathered, dGatheredOutputs)

    let attention = s.attention.pointer + (s.keepsAttention ? l * t * t : 0)
    let (products, weights) = (own.products.pointer, own.weights.pointer)
    // From dL/dw, w = A·a, to dL/dA.
    let d = w.dAttention.pointer
    d.update(repeating: dTotal, count: t)
    readTokens(l, t, s, dGathered, dGatheredOutputs, addingTo: d)
    for i in 0..<t {
      addScaleGradient(i, d[i] * attention[i], scales[i], w)
      d[i] *= scales[i]
    }
    softmaxBackward(d, attention, along: dot(d, attention, t), t)

    let (keyed, keyedOutputs) = (own.keyed.pointer, own.keyedOutputs.pointer)
    let (dKeyed, dKeyedOutputs) = (own.dKeyed.pointer, own.dKeyedOutputs.pointer)
    for i in 0..<t {
      addScaleGradient(i, d[i] * scoreScale * products[i], scales[i], w)
      d[i] *= scoreScale * scales[i]
      let dBefore = w.dOutputs.pointer + i * width
      axpy(weights[i], dGatheredOutputs, dBefore, before)
      axpy(d[i], keyedOutputs, dBefore, before)
      guard let dInput = s.dInput else { continue }
      axpy(weights[i], dGathered, dInput + i * c, c)
      axpy(d[i], keyed, dInput + i * c, c)
    }
    sumTokens(l, t, s, d, into: dKeyed, dKeyedOutputs)
    let dConstant = sum(d, t)

    let (query, dQuery) = (own.query.pointer, own.dQuery.pointer)
    readRows(shape.start(l), l, dKeyed, dKeyedOutputs, dConstant, s, into: dQuery)
    addRowGradients(shape.start(l), l, query, dKeyed, dKeyedOutputs, dConstant, g)
    // The query is a·z + bias of the class token.
    let ofScale = scaleAddBackward(dQuery, query, bias + 2 * r, dBias + 2 * r, by: scales[0], r)
    w.dSquaredNorm.pointer[0] -= 0.5 * scales[0] * scales[0] / Float(c) * ofScale
    addRowGradients(shape.query(l), l, dQuery, s.input.pointer, s.outputs.pointer, 1, g)
    _ = sumRows(shape.query(l), l, dQuery, s, into: dGathered, dGatheredOutputs)
    axpy(1, dGatheredOutputs, w.dOutputs.pointer, before)
    if let dInput = s.dInput { axpy(1, dGathered, dInput, c) }
  }

  /// Through a norm's scale `a = (‖x‖²/C + ε)^-½` of token `i`, given dL/da.
  private func addScaleGradient(_ i: Int, _ d: Float, _ a: Float, _ w: StreamWorkspace) {
    w.dSquaredNorm.pointer[i] -= 0.5 * a * a * a / Float(shape.channels) * d
  }

  /// Adds the products of every token `[T]` with a vector `x` `[C]`, `o` `[r·l]`.
  private func readTokens(
    _ l: Int, _ t: Int, _ s: StreamScratch, _ x: UnsafePointer<Float>, _ o: UnsafePointer<Float>,
    addingTo out: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    s.forStrips(t, K.self) { strip, tokens in
      row(
        times: tokens, c, transposed: true, x, n: strip.count, k: c, beta: 1, into: out + strip.lowerBound)
    }
    row(
      times: s.outputs.pointer, shape.outputs, transposed: true, o, n: t, k: l * shape.rank, beta: 1,
      into: out)
  }

  /// The transpose: the sum of the tokens weighted by `d` `[T]`.
  private func sumTokens(
    _ l: Int, _ t: Int, _ s: StreamScratch, _ d: UnsafePointer<Float>, into x: UnsafeMutablePointer<Float>,
    _ o: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    s.forStrips(t, K.self) { strip, tokens in
      row(
        times: tokens, c, transposed: false, d + strip.lowerBound, n: c, k: strip.count,
        beta: strip.lowerBound == 0 ? 0 : 1, into: x)
    }
    row(
      times: s.outputs.pointer, shape.outputs, transposed: false, d, n: l * shape.rank, k: t, beta: 0, into: o
    )
  }

  /// The r rows from `first` of block `l` times a vector `x`, `o` in which the constants count `weight` times.
  private func readRows(
    _ first: Int, _ l: Int, _ x: UnsafePointer<Float>, _ o: UnsafePointer<Float>, _ weight: Float,
    _ s: StreamScratch, into out: UnsafeMutablePointer<Float>
  ) {
    let (r, c) = (shape.rank, shape.channels)
    for i in 0..<r { out[i] = weight * rowConstants.pointer[first + i] }
    forRows(first, r, s, of: inputRows) { strip, rows in
      row(times: rows, c, transposed: true, x, n: strip.count, k: c, beta: 1, into: out + strip.lowerBound)
    }
    row(
      times: cross.pointer + first, shape.rowCount, transposed: false, o, n: r, k: l * r, beta: 1, into: out)
  }

  /// The transpose: the same rows weighted by `d` `[r]` into `x`, `o`; returns the weighted constants.
  private func sumRows(
    _ first: Int, _ l: Int, _ d: UnsafePointer<Float>, _ s: StreamScratch,
    into x: UnsafeMutablePointer<Float>, _ o: UnsafeMutablePointer<Float>
  ) -> Float {
    let (r, c) = (shape.rank, shape.channels)
    forRows(first, r, s, of: inputRows) { strip, rows in
      row(
        times: rows, c, transposed: false, d + strip.lowerBound, n: c, k: strip.count,
        beta: strip.lowerBound == 0 ? 0 : 1, into: x)
    }
    row(times: cross.pointer + first, shape.rowCount, transposed: true, d, n: l * r, k: r, beta: 0, into: o)
    return dot(rowConstants.pointer + first, d, r)
  }

  /// Adds to the gradients of the same rows, `d` `[r]` being those of their products with `x`, `o`.
  private func addRowGradients(
    _ first: Int, _ l: Int, _ d: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ o: UnsafePointer<Float>,
    _ weight: Float, _ g: StreamGradient
  ) {
    let (r, c) = (shape.rank, shape.channels)
    for i in 0..<r { axpy(d[i], x, g.rows + (first + i) * c, c) }
    axpy(weight, d, g.rowConstants + first, r)
    for j in 0..<l * r { axpy(o[j], d, g.cross + j * shape.rowCount + first, r) }
  }

  /// `out ← a · op(B) + β·out` for one row `a` `[k]`; B has rows of `stride`.
  private func row(
    times b: UnsafePointer<Float>, _ stride: Int, transposed: Bool, _ a: UnsafePointer<Float>, n: Int, k: Int,
    beta: Float, into out: UnsafeMutablePointer<Float>
  ) {
    guard n > 0 else { return }
    K.gemm(
      transposeA: false, transposeB: transposed, m: 1, n: n, k: k, alpha: 1, a: a, lda: max(1, k), b: b,
      ldb: stride,
      beta: beta, c: out, ldc: n)
  }
}
