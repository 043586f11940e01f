extension ResidualStream {
  /// One block: finishes its projections with the outputs of the blocks before, applies its function, and carries the squared norm on.
  func block(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let r = shape.rank
    let stride = s.stride
    let outputStride = shape.outputs
    let projected = s.projected(shape, l)
    let bias = constants.pointer + shape.inputs * l
    let scales = s.scales.pointer + l * s.maximumTokens
    norm(t, s, into: scales)
    guard !shape.isSingle(l) else { return singleQuery(l, t, s) }
    if l > 0 {
      K.gemm(
        transposeA: false, transposeB: false, m: t, n: shape.width(l), k: l * r, alpha: 1,
        a: s.outputs.pointer, lda: outputStride, b: cross.pointer + shape.start(l), ldb: shape.rowCount,
        beta: 1, c: projected, ldc: stride)
    }
    for i in 0..<t { scaleAdd(projected + i * stride, by: scales[i], bias, shape.inputs) }
    switch shape.function {
    case .attention: attention(l, t, s)
    case .mlp: perceptron(l, t, s)
    case .dwconv: break
    }
    guard shape.carriesNorm(l) else { return }

    // ‖x_{l+1}‖² = ‖x_l‖² + (2 P x_l + P Pᵀ o)·o; P x_l becomes P x_{l+1}, which the backward pass needs.
    let output = s.outputs.pointer + l * r
    let small = s.workspace.small.pointer
    K.gemm(
      transposeA: false, transposeB: false, m: t, n: r, k: r, alpha: 1, a: output, lda: outputStride,
      b: cross.pointer + l * r * shape.rowCount + shape.out(l), ldb: shape.rowCount,
      beta: 0, c: small, ldc: r)
    for i in 0..<t {
      let along = projected + i * stride + shape.inputs
      let own = small + i * r
      let o = output + i * outputStride
      s.workspace.squaredNorm.pointer[i] += 2 * dot(along, o, r) + dot(own, o, r)
      for x in 0..<r { along[x] += own[x] }
    }
  }

  /// Adds the gradients of block `l`: from dL/do and dL/d‖x_{l+1}‖² to those of the rows and of the blocks before.
  func blockBackward(_ l: Int, _ t: Int, _ s: StreamScratch, _ g: StreamGradient) {
    guard !shape.isSingle(l) else { return singleQueryBackward(l, t, s, g) }
    let r = shape.rank
    let wide = shape.wide
    let width = shape.outputs
    let projected = s.projected(shape, l)
    let dProjected = s.workspace.dProjected.pointer + shape.start(l)
    let output = s.outputs.pointer + l * r
    let dOutput = s.workspace.dOutputs.pointer + l * r
    let dNorm = s.workspace.dSquaredNorm.pointer

    if shape.carriesNorm(l) {
      // ‖x_{l+1}‖² = ‖x_l‖² + (2 P x_l + P Pᵀ o)·o, with P x_{l+1} = P x_l + P Pᵀ o in the last r rows.
      for i in 0..<t {
        let o = output + i * width
        let along = dProjected + i * wide + shape.inputs
        for x in 0..<r { along[x] = 2 * dNorm[i] * o[x] }
        axpy(2 * dNorm[i], projected + i * s.stride + shape.inputs, dOutput + i * width, r)
      }
      K.gemm(
        transposeA: true, transposeB: false, m: r, n: r, k: t, alpha: 0.5,
        a: dProjected + shape.inputs, lda: wide, b: output, ldb: width,
        beta: 1, c: g.cross + l * r * shape.rowCount + shape.out(l), ldc: shape.rowCount)
    }

    switch shape.function {
    case .attention: attentionBackward(l, t, s)
    case .mlp: perceptronBackward(l, t, s)
    case .dwconv: break
    }

    // What the function reads = a·z + bias with a = (‖x‖²/C + ε)^-½.
    let bias = constants.pointer + shape.inputs * l
    let dBias = g.constants + shape.inputs * l
    let scales = s.scales.pointer + l * s.maximumTokens
    for i in 0..<t {
      let a = scales[i]
      let along = scaleAddBackward(
        dProjected + i * wide, projected + i * s.stride, bias, dBias, by: a, shape.inputs)
      dNorm[i] -= 0.5 * a * a / Float(shape.channels) * along
    }

    guard l > 0 else { return }
    let count = shape.rowCount
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: l * r, k: shape.width(l), alpha: 1,
      a: dProjected, lda: wide, b: cross.pointer + shape.start(l), ldb: count,
      beta: 1, c: s.workspace.dOutputs.pointer, ldc: width)
    K.gemm(
      transposeA: true, transposeB: false, m: l * r, n: shape.width(l), k: t, alpha: 1,
      a: s.outputs.pointer, lda: width, b: dProjected, ldb: wide,
      beta: 1, c: g.cross + shape.start(l), ldc: count)
  }
}
