/// The last block where the class token alone is read: one query, so that keys and values need not be formed. Token t's score is
/// `a_t (x_t · W_kᵀ q)` but for a constant, which the softmax does not see, and the output is `W_v Σ_t A_t a_t x_t + b`, with a the norm's
/// scale and A the attention: exact, and T·C instead of T·C·r.
extension ResidualStream {
  private var scoreScale: Float { 1 / Float(shape.rank).squareRoot() }

  /// From the tokens before block `l` to the class token's output; A is left where the block's softmax rows are kept.
  func singleQuery(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let (r, c, width, before) = (shape.rank, shape.channels, shape.outputs, l * shape.rank)
    let own = s.workspace.single
    let scales = s.scales.pointer + l * s.maximumTokens
    let bias = constants.pointer + shape.inputs * l
    let query = own.query.pointer
    readRows(shape.query(l), l, s.input.pointer, s.outputs.pointer, 1, into: query)
    scaleAdd(query, by: scales[0], bias + 2 * r, r)

    let constant = sumRows(shape.start(l), l, query, into: own.keyed.pointer, own.keyedOutputs.pointer)
    let attention = s.attention.pointer + (s.keepsAttention ? l * t * t : 0)
    for i in 0..<t {
      let product =
        constant + dot(own.keyed.pointer, s.input.pointer + i * c, c)
        + dot(own.keyedOutputs.pointer, s.outputs.pointer + i * width, before)
      own.products.pointer[i] = product
      attention[i] = product * scales[i] * scoreScale
    }
    K.softmax(attention, rows: 1, width: t)

    own.gathered.clear()
    own.gatheredOutputs.clear()
    own.total = 0
    for i in 0..<t {
      let weight = attention[i] * scales[i]
      own.weights.pointer[i] = weight
      own.total += weight
      axpy(weight, s.input.pointer + i * c, own.gathered.pointer, c)
      axpy(weight, s.outputs.pointer + i * width, own.gatheredOutputs.pointer, before)
    }
    let output = s.outputs.pointer + before
    readRows(
      shape.start(l) + r, l, own.gathered.pointer, own.gatheredOutputs.pointer, own.total, into: output)
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
    let dTotal = sumRows(shape.start(l) + r, l, dOutput, into: dGathered, dGatheredOutputs)

    let attention = s.attention.pointer + (s.keepsAttention ? l * t * t : 0)
    let dScores = w.dAttention.pointer
    // From dL/dw, w = A·a, to dL/dA.
    var along: Float = 0
    for i in 0..<t {
      let dWeight =
        dTotal + dot(dGathered, s.input.pointer + i * c, c)
        + dot(dGatheredOutputs, s.outputs.pointer + i * width, before)
      dScores[i] = dWeight * scales[i]
      along += dScores[i] * attention[i]
      addScaleGradient(i, dWeight * attention[i], scales[i], w)
    }
    softmaxBackward(dScores, attention, along: along, t)

    let (keyed, keyedOutputs) = (own.keyed.pointer, own.keyedOutputs.pointer)
    let (dKeyed, dKeyedOutputs) = (own.dKeyed.pointer, own.dKeyedOutputs.pointer)
    own.dKeyed.clear()
    own.dKeyedOutputs.clear()
    var dConstant: Float = 0
    for i in 0..<t {
      let dScore = dScores[i] * scoreScale
      let dProduct = dScore * scales[i]
      addScaleGradient(i, dScore * own.products.pointer[i], scales[i], w)
      dConstant += dProduct
      axpy(dProduct, s.input.pointer + i * c, dKeyed, c)
      axpy(dProduct, s.outputs.pointer + i * width, dKeyedOutputs, before)
      let dBefore = w.dOutputs.pointer + i * width
      axpy(own.weights.pointer[i], dGatheredOutputs, dBefore, before)
      axpy(dProduct, keyedOutputs, dBefore, before)
      guard let dInput = s.dInput else { continue }
      axpy(own.weights.pointer[i], dGathered, dInput + i * c, c)
      axpy(dProduct, keyed, dInput + i * c, c)
    }

    let (query, dQuery) = (own.query.pointer, own.dQuery.pointer)
    readRows(shape.start(l), l, dKeyed, dKeyedOutputs, dConstant, into: dQuery)
    addRowGradients(shape.start(l), l, query, dKeyed, dKeyedOutputs, dConstant, g)
    // The query is a·z + bias of the class token.
    let ofScale = scaleAddBackward(dQuery, query, bias + 2 * r, dBias + 2 * r, by: scales[0], r)
    w.dSquaredNorm.pointer[0] -= 0.5 * scales[0] * scales[0] / Float(c) * ofScale
    addRowGradients(shape.query(l), l, dQuery, s.input.pointer, s.outputs.pointer, 1, g)
    _ = sumRows(shape.query(l), l, dQuery, into: dGathered, dGatheredOutputs)
    axpy(1, dGatheredOutputs, w.dOutputs.pointer, before)
    if let dInput = s.dInput { axpy(1, dGathered, dInput, c) }
  }

  /// Through a norm's scale `a = (‖x‖²/C + ε)^-½` of token `i`, given dL/da.
  private func addScaleGradient(_ i: Int, _ d: Float, _ a: Float, _ w: StreamWorkspace) {
    w.dSquaredNorm.pointer[i] -= 0.5 * a * a * a / Float(shape.channels) * d
  }

  /// The r rows from `first` of block `l` times a token `x`, `o` in which the constants count `weight` times.
  private func readRows(
    _ first: Int, _ l: Int, _ x: UnsafePointer<Float>, _ o: UnsafePointer<Float>, _ weight: Float,
    into out: UnsafeMutablePointer<Float>
  ) {
    let (r, c) = (shape.rank, shape.channels)
    for i in 0..<r {
      out[i] =
        weight * rowConstants.pointer[first + i] + dot(inputRows.pointer + (first + i) * c, x, c)
    }
    for j in 0..<l * r { axpy(o[j], cross.pointer + j * shape.rowCount + first, out, r) }
  }

  /// The transpose: the same rows weighted by `d` `[r]` into a token `x`, `o`; returns the weighted constants.
  private func sumRows(
    _ first: Int, _ l: Int, _ d: UnsafePointer<Float>, into x: UnsafeMutablePointer<Float>,
    _ o: UnsafeMutablePointer<Float>
  ) -> Float {
    let (r, c) = (shape.rank, shape.channels)
    x.update(repeating: 0, count: c)
    for i in 0..<r { axpy(d[i], inputRows.pointer + (first + i) * c, x, c) }
    for j in 0..<l * r { o[j] = dot(cross.pointer + j * shape.rowCount + first, d, r) }
    return dot(rowConstants.pointer + first, d, r)
  }

  /// Adds to the gradients of the same rows, `d` `[r]` being those of their products with the token `x`, `o`.
  private func addRowGradients(
    _ first: Int, _ l: Int, _ d: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ o: UnsafePointer<Float>,
    _ weight: Float, _ g: StreamGradient
  ) {
    let (r, c) = (shape.rank, shape.channels)
    for i in 0..<r { axpy(d[i], x, g.rows + (first + i) * c, c) }
    axpy(weight, d, g.rowConstants + first, r)
    for j in 0..<l * r { axpy(o[j], d, g.cross + j * shape.rowCount + first, r) }
  }
}
