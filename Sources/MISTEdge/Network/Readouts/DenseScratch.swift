/// The memory of a dense readout's pass, allocated once.
final class DenseScratch {
  /// Every level's product `[T, R]`, and its gradient.
  let products: [FloatBuffer]
  let dProducts: [FloatBuffer]
  /// Whether the first level, which has the output's size, is read out row by row and has no product of its own.
  let readsFirst: Bool
  /// Output rows that pass through the classifier together.
  let stripRows: Int
  /// The classifier's input for a strip `[stripRows·W', D]` and its gradient; empty for a linear head.
  let hidden: FloatBuffer
  let dHidden: FloatBuffer
  /// A level's row between two others `[w, R]`.
  let between: FloatBuffer

  init(_ shape: NetworkShape, _ dense: DenseShape, training: Bool) {
    let streams = shape.streams
    let rows = dense.hidden > 0 ? dense.hidden : shape.classes
    let readsFirst = !training && streams[0].height == dense.height && streams[0].width == dense.width
    self.readsFirst = readsFirst
    products = streams.indices.map { FloatBuffer($0 == 0 && readsFirst ? 0 : streams[$0].tokens * rows) }
    dProducts = streams.map { FloatBuffer(training ? $0.tokens * rows : 0) }
    stripRows = max(1, min(dense.height, (1 << 16) / max(1, dense.width * rows)))
    let strip = dense.hidden > 0 ? stripRows * dense.width * rows : 0
    hidden = FloatBuffer(strip)
    dHidden = FloatBuffer(training ? strip : 0)
    var widest = 0
    for stream in streams { widest = max(widest, stream.width) }
    between = FloatBuffer(widest * rows)
  }
}
