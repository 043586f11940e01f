/// LayerNorm, the class token or the mean over all tokens, and a linear classifier.
final class PooledReadout<K: EdgeKernels> {
  private let stream: ResidualStream<K>
  private let isMean: Bool
  private let classifier: VectorClassifier
  /// Where the norm's gain lies, which bias and classifier follow.
  private let start: Int

  private var shape: ResidualShape { stream.shape }

  init(_ shape: NetworkShape, _ table: ParameterTable, _ stream: ResidualStream<K>) {
    self.stream = stream
    isMean = shape.pooling == .mean
    classifier = VectorClassifier(length: shape.classifierInput, classes: shape.classes)
    start = table.range(.normGain, stream: shape.streams.count - 1).lowerBound
  }

  func prepare(_ parameters: UnsafePointer<Float>) { classifier.prepare(parameters + start) }

  /// The same from a bundle's weights.
  func prepare(_ weights: BundleWeights) {
    let own = FloatBuffer(classifier.count)
    weights.expand(start..<start + classifier.count, into: own.pointer)
    classifier.prepare(own.pointer)
  }

  /// Takes the memory that this takes.
  func reserve() { _ = FloatBuffer(classifier.count) }

  /// Runs the stream over `t` tokens and writes logits `[classes]`.
  func forward(
    _ t: Int, _ s: StreamScratch, _ p: PooledScratch, _ masks: DropoutMasks,
    into logits: UnsafeMutablePointer<Float>
  ) {
    stream.forward(t, s)
    if isMean { mean(t, s, p) } else { classToken(s, p) }
    classifier.forward(
      p.pooled.pointer, mask: masks.classifierInput, input: p.classifierInput.pointer, into: logits)
  }

  /// From dL/dlogits to the gradients of the stream and of its own parameters.
  func backward(
    _ dLogits: UnsafePointer<Float>, _ t: Int, _ s: StreamScratch, _ p: PooledScratch,
    _ masks: DropoutMasks, _ g: StreamGradient, _ own: UnsafeMutablePointer<Float>
  ) {
    let d = p.dPooled.pointer
    classifier.backward(
      dLogits, p.pooled.pointer, mask: masks.classifierInput, input: p.classifierInput.pointer, into: d, own)
    if shape.depth > 0 {
      s.workspace.dOutputs.pointer.update(repeating: 0, count: t * shape.outputs)
      s.workspace.dSquaredNorm.pointer.update(repeating: 0, count: t)
    }
    if isMean { meanBackward(d, t, s, p, g) } else { classTokenBackward(d, t, s, p, g) }
    if shape.depth > 0 || isMean { stream.backward(t, s, g) }
  }

  /// The own parameters' gradients are theirs already.
  func unfold(_ own: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
    (gradient + start).update(from: own, count: classifier.count)
  }

  /// The class token's x_M, normalised, into `pooled`.
  private func classToken(_ s: StreamScratch, _ p: PooledScratch) {
    let c = shape.channels
    let x = p.pooled.pointer
    s.forStrips(1, K.self) { _, token in
      stream.centredInput(token, mean: shape.inputNorm ? s.inputMean.pointer[0] : 0, into: x)
    }
    stream.addOutputs(s.outputs.pointer, to: x, s)
    p.scale = 1 / (dot(x, x, c) / Float(c) + shape.epsilon).squareRoot()
    scale(x, by: p.scale, c)
  }

  /// Through the final LayerNorm of the class token: `d` becomes dL/dx_M of token 0.
  private func classTokenBackward(
    _ d: UnsafeMutablePointer<Float>, _ t: Int, _ s: StreamScratch, _ p: PooledScratch, _ g: StreamGradient
  ) {
    let c = shape.channels
    standardiseBackward(d, p.pooled.pointer, factor: p.scale, c)
    stream.addOutputsBackward(d, outputs: s.outputs.pointer, s.workspace.dOutputs.pointer, g)
    if let dInput = s.dInput {
      dInput.update(repeating: 0, count: t * c)
      axpy(1, d, dInput, c)
    }
    if shape.inputNorm {
      addProduct(d, s.input.pointer, g.inputGain, c)
      axpy(1, d, g.inputBias, c)
    }
  }

  /// `Σ_t w_t x_M,t` with `w_t` the final norm's scale over T, into `pooled`.
  private func mean(_ t: Int, _ s: StreamScratch, _ p: PooledScratch) {
    let c = shape.channels
    let width = shape.outputs
    let weights = p.tokenWeights.pointer
    let square = s.workspace.squaredNorm.pointer
    for i in 0..<t {
      weights[i] = 1 / (square[i] / Float(c) + shape.epsilon).squareRoot() / Float(t)
    }
    let x = p.pooledInput.pointer
    p.pooledInput.clear()
    p.pooledOutputs.clear()
    s.forStrips(t, K.self) { strip, tokens in
      for i in strip { axpy(weights[i], tokens + (i - strip.lowerBound) * c, x, c) }
    }
    for i in 0..<t {
      axpy(weights[i], s.outputs.pointer + i * width, p.pooledOutputs.pointer, width)
    }
    let pooled = p.pooled.pointer
    pooled.update(from: x, count: c)
    if shape.inputNorm {
      let total = sum(weights, t)
      let (gain, bias) = (stream.inputGain.pointer, stream.inputBias.pointer)
      for i in 0..<c { pooled[i] = x[i] * gain[i] + total * bias[i] }
      centre(pooled, c)
    }
    stream.addOutputs(p.pooledOutputs.pointer, to: pooled, s)
  }

  /// Through the weighted mean over tokens, whose weights depend on the final norms.
  private func meanBackward(
    _ d: UnsafeMutablePointer<Float>, _ t: Int, _ s: StreamScratch, _ p: PooledScratch, _ g: StreamGradient
  ) {
    let c = shape.channels
    let width = shape.outputs
    centre(d, c)
    let dOutput = p.dPooledOutputs.pointer
    p.dPooledOutputs.clear()
    stream.addOutputsBackward(d, outputs: p.pooledOutputs.pointer, dOutput, g)
    // d·x_0,t = (d ⊙ g)·x̂_t + d·b
    var direction = d
    var constant: Float = 0
    let workspace = s.workspace
    if shape.inputNorm {
      addProduct(d, p.pooledInput.pointer, g.inputGain, c)
      axpy(sum(p.tokenWeights.pointer, t), d, g.inputBias, c)
      direction = workspace.wideRow.pointer
      for x in 0..<c { direction[x] = d[x] * stream.inputGain.pointer[x] }
      constant = dot(d, stream.inputBias.pointer, c)
    }
    for i in 0..<t {
      let w = p.tokenWeights.pointer[i]
      let o = s.outputs.pointer + i * width
      let dWeight = constant + dot(direction, s.input.pointer + i * c, c) + dot(dOutput, o, width)
      axpy(w, dOutput, workspace.dOutputs.pointer + i * width, width)
      if let dInput = s.dInput {
        (dInput + i * c).update(from: d, count: c)
        scale(dInput + i * c, by: w, c)
      }
      let norm = w * Float(t)
      workspace.dSquaredNorm.pointer[i] = dWeight / Float(t) * -0.5 * norm * norm * norm / Float(c)
    }
  }
}

/// The memory of a pooled readout.
final class PooledScratch {
  /// What goes into the norm's gain `[C]`, the classifier's input `[C]`, and for mean pooling the token weights `[T]` and the
  /// weighted sums of x̂ `[C]` and of the outputs `[rM]`.
  let pooled: FloatBuffer
  let classifierInput: FloatBuffer
  let tokenWeights: FloatBuffer
  let pooledInput: FloatBuffer
  let pooledOutputs: FloatBuffer
  /// The norm's scale of the class token.
  var scale: Float = 0

  // Gradients of the above; empty unless training.
  let dPooled: FloatBuffer
  let dPooledOutputs: FloatBuffer

  init(_ shape: ResidualShape, mean: Bool, tokens t: Int, training: Bool) {
    let c = shape.channels
    pooled = FloatBuffer(c)
    classifierInput = FloatBuffer(c)
    tokenWeights = FloatBuffer(mean ? t : 0)
    pooledInput = FloatBuffer(mean ? c : 0)
    pooledOutputs = FloatBuffer(shape.outputs)
    dPooled = FloatBuffer(training ? c : 0)
    dPooledOutputs = FloatBuffer(training ? shape.outputs : 0)
  }
}
