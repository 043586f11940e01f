/// Attentive readout (DESIGN; efficient probing, arXiv 2506.10178): with x the LayerNorm of the stream, Q learned queries `u_q` attend
/// to the tokens, `z_q = Σ_t softmax_t(u_q·x_t / √C) x_t`, query q's rows of a value matrix V `[C/d, C]` make `y_q = V_q z_q`, and a
/// LayerNorm and a linear classifier read `y = [y_1 … y_Q]`. Pooling before V is exact and spares a product over all tokens; there
/// is no key projection.
///
/// The queries are the stream's own readout rows, so that scores come from the exact low-rank form, and so does
/// `z = (Σ_t w_t x_0,t + Σ_j P_jᵀ Σ_t w_t o_j,t) ⊙ g + (Σ_t a_t) b` with `w_t = a_t · scale_t`: nothing of size `[T, C]` is formed.
final class AttentiveReadout<K: EdgeKernels> {
  private let stream: ResidualStream<K>
  private let queries: Int
  private let epsilon: Float
  /// Gain and bias of the LayerNorm before the queries, and the values `[C/d, C]`, as in the parameters.
  private let gain: FloatBuffer
  private let bias: FloatBuffer
  private let values: FloatBuffer
  private let classifier: VectorClassifier
  /// Where the norm before the queries lies, and the values, which the rest follows.
  private let norm: Int
  private let start: Int

  private var shape: ResidualShape { stream.shape }
  private var rowsPerQuery: Int { classifier.length / queries }
  private var attentionScale: Float { 1 / Float(shape.channels).squareRoot() }

  init(_ shape: NetworkShape, _ own: AttentiveShape, _ table: ParameterTable, _ stream: ResidualStream<K>) {
    self.stream = stream
    queries = own.queries
    epsilon = shape.epsilon
    gain = FloatBuffer(shape.channels)
    bias = FloatBuffer(shape.channels)
    let places = table.range(.values)
    values = FloatBuffer(places.count)
    classifier = VectorClassifier(length: shape.classifierInput, classes: shape.classes)
    norm = table.range(.normGain, stream: 0).lowerBound
    start = places.lowerBound
  }

  func prepare(_ parameters: UnsafePointer<Float>) {
    gain.pointer.update(from: parameters + norm, count: gain.count)
    bias.pointer.update(from: parameters + norm + gain.count, count: bias.count)
    values.pointer.update(from: parameters + start, count: values.count)
    classifier.prepare(parameters + start + values.count)
  }

  /// Runs the stream over `t` tokens and writes logits `[classes]`.
  func forward(
    _ t: Int, _ s: StreamScratch, _ a: AttentiveScratch, _ masks: DropoutMasks,
    into logits: UnsafeMutablePointer<Float>
  ) {
    stream.forward(t, s)
    attend(t, s, a, masks.attention)
    gather(t, s, a)
    let c = shape.channels
    let (m, z, y) = (a.gathered.pointer, a.normed.pointer, a.vector.pointer)
    for q in 0..<queries {
      let total = a.totals.pointer[q]
      for x in 0..<c { z[q * c + x] = m[q * c + x] * gain.pointer[x] + total * bias.pointer[x] }
      for i in q * rowsPerQuery..<(q + 1) * rowsPerQuery {
        y[i] = dot(values.pointer + i * c, z + q * c, c)
      }
    }
    a.scale = standardise(y, classifier.length, epsilon: epsilon)
    classifier.forward(y, mask: masks.classifierInput, input: a.classifierInput.pointer, into: logits)
  }

  /// Attention `[Q, T]`, its sums over tokens, and the weights of the tokens in the gathered vectors.
  private func attend(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch, _ mask: UnsafePointer<Float>?) {
    stream.readout(0..<t, s, into: a.scores.pointer)
    let scales = s.scales.pointer + shape.depth * s.maximumTokens
    for q in 0..<queries {
      let row = a.attention.pointer + q * t
      let weights = a.weights.pointer + q * t
      for i in 0..<t { row[i] = a.scores.pointer[i * queries + q] * attentionScale }
      softmax(row, t)
      var total: Float = 0
      for i in 0..<t {
        let kept = mask.map { row[i] * $0[q * t + i] } ?? row[i]
        total += kept
        weights[i] = kept * scales[i]
      }
      a.totals.pointer[q] = total
    }
  }

  /// `Σ_t w_t x_M,t` of every query, centred, `[Q, C]`.
  private func gather(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch) {
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

  /// From dL/dlogits to the gradients of the stream and of its own parameters.
  func backward(
    _ dLogits: UnsafePointer<Float>, _ t: Int, _ s: StreamScratch, _ a: AttentiveScratch,
    _ masks: DropoutMasks, _ g: StreamGradient, _ own: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let (y, dy) = (a.vector.pointer, a.dVector.pointer)
    let (dGain, dBias, dValues) = (own, own + c, own + 2 * c)
    classifier.backward(
      dLogits, y, mask: masks.classifierInput, input: a.classifierInput.pointer, into: dy,
      dValues + values.count)
    standardiseBackward(dy, y, factor: a.scale, classifier.length)
    for q in 0..<queries {
      let (m, z, d) = (a.gathered.pointer + q * c, a.normed.pointer + q * c, a.dGathered.pointer + q * c)
      d.update(repeating: 0, count: c)
      for i in q * rowsPerQuery..<(q + 1) * rowsPerQuery {
        axpy(dy[i], z, dValues + i * c, c)
        axpy(dy[i], values.pointer + i * c, d, c)
      }
      addProduct(d, m, dGain, c)
      axpy(a.totals.pointer[q], d, dBias, c)
      a.dTotals.pointer[q] = dot(d, bias.pointer, c)
      for x in 0..<c { d[x] *= gain.pointer[x] }
      centre(d, c)
    }
    gatherBackward(t, s, a, g)
    scoresBackward(t, s, a, masks.attention)
    stream.readoutBackward(t, z: a.scores.pointer, dz: a.dScores.pointer, s, g)
    // The pass through the scores has set what the pass through the gathered vectors adds to.
    addGathered(t, s, a)
    stream.backward(t, s, g)
  }

  /// From dL/d(gathered) to dL/d(weights) `[Q, T]`, and to the gradients of P and of the input norm.
  private func gatherBackward(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch, _ g: StreamGradient) {
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
    guard shape.depth > 0 else { return }
    K.gemm(
      transposeA: false, transposeB: true, m: queries, n: t, k: width, alpha: 1,
      a: a.dOutputs.pointer, lda: width, b: s.outputs.pointer, ldb: width, beta: 1, c: dWeights, ldc: t)
  }

  /// From dL/d(weights) through dropout and softmax to dL/d(scores) `[T, Q]`; what the norm's scales get is kept.
  private func scoresBackward(
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

  /// Adds what the gathered vectors give the outputs and the squared norms.
  private func addGathered(_ t: Int, _ s: StreamScratch, _ a: AttentiveScratch) {
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

  /// Puts the own parameters' gradients in place, and adds to those of the norm before the queries.
  func unfold(_ own: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
    let c = shape.channels
    axpy(1, own, gradient + norm, 2 * c)
    (gradient + start).update(from: own + 2 * c, count: values.count + classifier.count)
  }
}

extension ParameterName {
  /// Queries `[Q, C]` of an attentive readout, its values `[C/d, C]`, and the LayerNorm behind them `[C/d]`.
  package static let queries = ParameterName("queries.weight")
  package static let values = ParameterName("values.weight")
  static let valueGain = ParameterName("value_norm.weight")
  static let valueBias = ParameterName("value_norm.bias")
}
