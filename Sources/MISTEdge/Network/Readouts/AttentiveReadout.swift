/// Attentive readout (DESIGN; efficient probing, arXiv 2506.10178): with x the LayerNorm of the stream, Q learned queries `u_q` attend
/// to the tokens, `z_q = Σ_t softmax_t(u_q·x_t / √C) x_t`, query q's rows of a value matrix V `[C/d, C]` make `y_q = V_q z_q`, and a
/// LayerNorm and a linear classifier read `y = [y_1 … y_Q]`. Pooling before V is exact and spares a product over all tokens; there
/// is no key projection.
///
/// The queries are the stream's own readout rows, so that scores come from the exact low-rank form, and so does
/// `z = (Σ_t w_t x_0,t + Σ_j P_jᵀ Σ_t w_t o_j,t) ⊙ g + (Σ_t a_t) b` with `w_t = a_t · scale_t`: nothing of size `[T, C]` is formed.
final class AttentiveReadout<K: EdgeKernels> {
  let stream: ResidualStream<K>
  let queries: Int
  private let epsilon: Float
  /// Gain and bias of the LayerNorm before the queries, and the values `[C/d, C]`, as in the parameters.
  private let gain: FloatBuffer
  private let bias: FloatBuffer
  private let values: FloatBuffer
  private let classifier: VectorClassifier
  /// Where the norm before the queries lies, and the values, which the rest follows.
  private let norm: Int
  private let start: Int

  var shape: ResidualShape { stream.shape }
  private var rowsPerQuery: Int { classifier.length / queries }

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
