extension HeadNetwork {
  /// Adds one sample's gradients to `g`, given `dLogits` `[classes]`. Must follow `forward` on the same scratch (made for
  /// training) with the same `tokens` and `mask`.
  public func backward(
    tokens: Int, dLogits: UnsafePointer<Float>, mask: UnsafePointer<Float>? = nil, scratch s: HeadScratch,
    into g: HeadGradient
  ) {
    let t = usedTokens(tokens)
    let d = s.dPooled.pointer
    classifierBackward(dLogits, mask, s, g)  // d ← dL/d(x_M pooled, before the final gain)
    if shape.depth > 0 {
      let workspace = s.trunk.workspace
      workspace.dOutputs.pointer.update(repeating: 0, count: t * trunk.shape.outputs)
      workspace.dSquaredNorm.pointer.update(repeating: 0, count: t)
    }
    switch shape.pooling {
    case .cls: classBackward(d, s, g)
    case .mean: meanBackward(d, t, s, g)
    }
    guard shape.depth > 0 || shape.pooling == .mean else { return }
    trunk.backward(t, s.trunk, g.trunk)
  }

  private func classifierBackward(
    _ dLogits: UnsafePointer<Float>, _ mask: UnsafePointer<Float>?, _ s: HeadScratch, _ g: HeadGradient
  ) {
    let c = shape.channels
    let d = s.dPooled.pointer
    d.update(repeating: 0, count: c)
    let weights = g.classifier(shape)
    let bias = g.classifierBias(shape)
    for i in 0..<shape.classes {
      axpy(dLogits[i], classifier.pointer + i * c, d, c)
      axpy(dLogits[i], s.classifierInput.pointer, weights + i * c, c)
      bias[i] += dLogits[i]
    }
    if let mask {
      for x in 0..<c { d[x] *= mask[x] }
    }
    addProduct(d, s.pooled.pointer, g.finalGain(shape), c)
    axpy(1, d, g.finalBias(shape), c)
    for x in 0..<c { d[x] *= finalGain.pointer[x] }
  }

  /// Through the final LayerNorm of the class token: `d` becomes dL/dx_M of token 0.
  private func classBackward(_ d: UnsafeMutablePointer<Float>, _ s: HeadScratch, _ g: HeadGradient) {
    let c = shape.channels
    let y = s.pooled.pointer
    centre(d, c)
    let along = dot(d, y, c) / Float(c)
    for x in 0..<c { d[x] = s.finalScale * (d[x] - y[x] * along) }
    outputsBackward(
      d, pooledOutputs: s.trunk.outputs.pointer, s.trunk.workspace.dOutputs.pointer, g)
    if shape.inputNorm {
      addProduct(d, s.input, g.trunk.inputGain, c)
      axpy(1, d, g.trunk.inputBias, c)
    }
  }

  /// Through the weighted mean over tokens, whose weights depend on the final norms.
  private func meanBackward(_ d: UnsafeMutablePointer<Float>, _ t: Int, _ s: HeadScratch, _ g: HeadGradient) {
    let c = shape.channels
    let width = shape.rank * shape.depth
    centre(d, c)
    let dOutput = s.dPooledOutputs.pointer
    s.dPooledOutputs.clear()
    outputsBackward(d, pooledOutputs: s.pooledOutputs.pointer, dOutput, g)
    // d·x_0,t = (d ⊙ g)·x̂_t + d·b
    var direction = d
    var constant: Float = 0
    let workspace = s.trunk.workspace
    if shape.inputNorm {
      addProduct(d, s.pooledInput.pointer, g.trunk.inputGain, c)
      axpy(sum(s.tokenWeights.pointer, t), d, g.trunk.inputBias, c)
      direction = workspace.wideRow.pointer
      for x in 0..<c { direction[x] = d[x] * trunk.inputGain.pointer[x] }
      constant = dot(d, trunk.inputBias.pointer, c)
    }
    for i in 0..<t {
      let w = s.tokenWeights.pointer[i]
      let o = s.trunk.outputs.pointer + i * width
      let dWeight = constant + dot(direction, s.input + i * c, c) + dot(dOutput, o, width)
      axpy(w, dOutput, workspace.dOutputs.pointer + i * width, width)
      let scale = w * Float(t)
      workspace.dSquaredNorm.pointer[i] = dWeight / Float(t) * -0.5 * scale * scale * scale / Float(c)
    }
  }

  /// Through `x ← x + Σ P_jᵀ o_j`: adds to dL/do `[rM]` and to dL/dP.
  private func outputsBackward(
    _ d: UnsafePointer<Float>, pooledOutputs o: UnsafePointer<Float>, _ dOutput: UnsafeMutablePointer<Float>,
    _ g: HeadGradient
  ) {
    let c = shape.channels
    for l in 0..<shape.depth {
      for i in 0..<shape.rank {
        let j = l * shape.rank + i
        dOutput[j] += dot(outRow(l, i), d, c)
        axpy(o[j], d, g.trunk.pooledRows + j * c, c)
      }
    }
  }
}
