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
    trunk.forward(t, s.trunk)
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

  /// The class token's x_M, normalised, into `pooled`.
  private func poolClass(_ s: HeadScratch) {
    let c = shape.channels
    let x = s.pooled.pointer
    trunk.centredInput(s.input, mean: shape.inputNorm ? s.trunk.inputMean.pointer[0] : 0, into: x)
    addOutputs(s.trunk.outputs.pointer, to: x)
    s.finalScale = 1 / (dot(x, x, c) / Float(c) + shape.epsilon).squareRoot()
    scale(x, by: s.finalScale, c)
  }

  /// `Σ_t w_t x_M,t` with `w_t` the final norm's scale over T, into `pooled`.
  private func poolMean(_ t: Int, _ s: HeadScratch) {
    let c = shape.channels
    let width = shape.rank * shape.depth
    let weights = s.tokenWeights.pointer
    let square = s.trunk.workspace.squaredNorm.pointer
    for i in 0..<t {
      weights[i] = 1 / (square[i] / Float(c) + shape.epsilon).squareRoot() / Float(t)
    }
    let x = s.pooledInput.pointer
    s.pooledInput.clear()
    s.pooledOutputs.clear()
    for i in 0..<t {
      axpy(weights[i], s.input + i * c, x, c)
      axpy(weights[i], s.trunk.outputs.pointer + i * width, s.pooledOutputs.pointer, width)
    }
    let pooled = s.pooled.pointer
    pooled.update(from: x, count: c)
    if shape.inputNorm {
      let total = sum(weights, t)
      let (gain, bias) = (trunk.inputGain.pointer, trunk.inputBias.pointer)
      for i in 0..<c { pooled[i] = x[i] * gain[i] + total * bias[i] }
      centre(pooled, c)
    }
    addOutputs(s.pooledOutputs.pointer, to: pooled)
  }

  /// `x ← x + Σ_j P_jᵀ o_j` for one token's outputs `[rM]`.
  private func addOutputs(_ o: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>) {
    for l in 0..<shape.depth {
      for i in 0..<shape.rank { axpy(o[l * shape.rank + i], outRow(l, i), x, shape.channels) }
    }
  }
}
