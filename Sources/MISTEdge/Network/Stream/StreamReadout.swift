extension ResidualStream {
  /// The readout `[count, R]` of `tokens`, over all of which `forward` ran.
  func readout(_ tokens: Range<Int>, _ s: StreamScratch, into z: UnsafeMutablePointer<Float>) {
    let rows = shape.readout
    project(shape.blockRows, rows, tokens, s, into: z, stride: rows)
    if shape.depth > 0 {
      K.gemm(
        transposeA: false, transposeB: false, m: tokens.count, n: rows, k: shape.outputs, alpha: 1,
        a: s.outputs.pointer + tokens.lowerBound * shape.outputs, lda: shape.outputs,
        b: cross.pointer + shape.blockRows, ldb: shape.rowCount,
        beta: 1, c: z, ldc: rows)
    }
    guard shape.readoutNorm else { return }
    let scales = s.scales.pointer + shape.depth * s.maximumTokens + tokens.lowerBound
    let bias = constants.pointer + shape.readoutConstants
    for i in 0..<tokens.count { scaleAdd(z + i * rows, by: scales[i], bias, rows) }
  }

  /// Through the readout, given dL/dz `[T, R]` (overwritten): sets the gradients of the outputs and of the squared norms.
  func readoutBackward(
    _ t: Int, z: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>, _ s: StreamScratch,
    _ g: StreamGradient
  ) {
    let rows = shape.readout
    let dNorm = s.workspace.dSquaredNorm.pointer
    dNorm.update(repeating: 0, count: t)
    if shape.readoutNorm {
      let scales = s.scales.pointer + shape.depth * s.maximumTokens
      let bias = constants.pointer + shape.readoutConstants
      let dBias = g.constants + shape.readoutConstants
      for i in 0..<t {
        let along = scaleAddBackward(dz + i * rows, z + i * rows, bias, dBias, by: scales[i], rows)
        dNorm[i] = -0.5 * scales[i] * scales[i] / Float(shape.channels) * along
      }
    }
    rowsBackward(shape.blockRows, rows, t, dz, s, g)
    guard shape.depth > 0 else { return }
    let width = shape.outputs
    let count = shape.rowCount
    K.gemm(
      transposeA: false, transposeB: true, m: t, n: width, k: rows, alpha: 1,
      a: dz, lda: rows, b: cross.pointer + shape.blockRows, ldb: count,
      beta: 0, c: s.workspace.dOutputs.pointer, ldc: width)
    K.gemm(
      transposeA: true, transposeB: false, m: width, n: rows, k: t, alpha: 1,
      a: s.outputs.pointer, lda: width, b: dz, ldb: rows, beta: 1, c: g.cross + shape.blockRows, ldc: count)
  }
}
