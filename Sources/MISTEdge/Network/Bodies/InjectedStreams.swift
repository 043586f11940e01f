/// One residual stream with an input added before every block (LAST), as streams of one block each in the exact low-rank form: where one
/// ends, the next begins with what is there and the next input.
///
/// The stream is formed once per block, `[T, C]` in the place of the input that is added to it, because the norm of a sum of inputs does
/// not follow from those of its parts. Tokens are centred, as norms do not see their means.
struct InjectedStreams<K: EdgeKernels> {
  let streams: [ResidualStream<K>]

  /// Runs all but the last stream over `t` tokens, whose input then holds what it begins with.
  func forward(_ t: Int, _ s: [StreamScratch]) {
    for i in 0..<streams.count - 1 {
      let (shape, c) = (streams[i].shape, streams[i].shape.channels)
      streams[i].forward(t, s[i])
      axpy(1, s[i].input.pointer, s[i + 1].input.pointer, t * c)
      K.gemm(
        transposeA: false, transposeB: false, m: t, n: c, k: shape.rank, alpha: 1,
        a: s[i].outputs.pointer, lda: shape.rank, b: streams[i].readoutOut(0), ldb: c,
        beta: 1, c: s[i + 1].input.pointer, ldc: c)
    }
  }

  /// Through the same, once the last stream's backward pass has left dL/dx_0 in its `dInput`, which all share.
  func backward(_ t: Int, _ s: [StreamScratch], _ g: [StreamGradient]) {
    for i in Swift.stride(from: streams.count - 2, through: 0, by: -1) {
      let (shape, c, workspace) = (streams[i].shape, streams[i].shape.channels, s[i].workspace)
      // The first input is asked for nothing.
      guard let d = s[streams.count - 1].dInput else { return }
      K.gemm(
        transposeA: false, transposeB: true, m: t, n: shape.rank, k: c, alpha: 1, a: d, lda: c,
        b: streams[i].readoutOut(0), ldb: c, beta: 0, c: workspace.dOutputs.pointer, ldc: shape.rank)
      K.gemm(
        transposeA: true, transposeB: false, m: shape.rank, n: c, k: t, alpha: 1,
        a: s[i].outputs.pointer, lda: shape.rank, b: d, ldb: c, beta: 1, c: g[i].pooledRows, ldc: c)
      workspace.dSquaredNorm.pointer.update(repeating: 0, count: t)
      streams[i].backward(t, s[i], g[i])
    }
  }
}
