/// A block whose tokens all go on.
extension TransformerBlock {
  private typealias Rows = AttentionHead<K>.Rows

  /// The block over `t` tokens `[T, w]`, in place.
  func forward(_ t: Int, _ x: UnsafeMutablePointer<Float>, _ s: TransformerScratch) {
    standardiseRows(t, x, into: s.normed.pointer, factors: s.factors.pointer)
    projection.forward(t, s.normed.pointer, folded, into: s.projected.pointer)
    let weights = s.workspace.attention.pointer
    for i in 0..<shape.heads {
      let head = head(i, t, s)
      head.softmaxRows(0..<t, into: weights)
      head.outputs(t, weights, into: outputs(i, s.outputs))
    }
    output.forward(t, s.outputs.pointer, folded, adding: true, into: x)
    perceptron(t, x, s)
  }

  /// Through the same: `d` `[T, w]` becomes dL/dx. Softmax rows are computed again: those of all blocks would be most of the memory.
  func backward(
    _ t: Int, _ d: UnsafeMutablePointer<Float>, _ s: TransformerScratch,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    let (g, w) = (gradient + start, s.workspace)
    perceptronBackward(t, d, s, g)
    output.backward(t, d, input: s.outputs.pointer, folded, g, into: w.dRows.pointer)
    for i in 0..<shape.heads {
      let head = head(i, t, s)
      head.softmaxRows(0..<t, into: w.attention.pointer)
      head.backward(
        0..<t, weights: w.attention.pointer, outputs: outputs(i, s.outputs), dOutputs: outputs(i, w.dRows),
        dQueries: projected(i, 0, w.dProjected), dKeys: projected(i, 1, w.dProjected),
        dValues: projected(i, 2, w.dProjected), room: w.dAttention.pointer)
    }
    projection.backward(t, w.dProjected.pointer, input: s.normed.pointer, folded, g, into: w.dRows.pointer)
    addThroughNorm(t, w.dRows.pointer, s.normed.pointer, s.factors.pointer, to: d)
  }

  private func head(_ i: Int, _ t: Int, _ s: TransformerScratch) -> AttentionHead<K> {
    AttentionHead(
      queries: projected(i, 0, s.projected), keys: projected(i, 1, s.projected),
      values: projected(i, 2, s.projected), count: t, width: shape.headWidth)
  }

  /// Head `i` of the queries, keys or values (`part` 0, 1, 2) in rows `[T, 3w]`.
  private func projected(_ i: Int, _ part: Int, _ buffer: FloatBuffer) -> Rows {
    Rows(buffer.pointer + part * shape.width + i * shape.headWidth, stride: 3 * shape.width)
  }

  /// Head `i` in rows `[T, w]`.
  private func outputs(_ i: Int, _ buffer: FloatBuffer) -> Rows {
    Rows(buffer.pointer + i * shape.headWidth, stride: shape.width)
  }
}
