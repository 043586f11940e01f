/// Memory that one stream's pass needs only while it runs.
final class StreamWorkspace {
  /// Queries whose softmax rows fill about this many floats go together.
  private let stripSize: Int
  /// `‖x_l‖²` per token, of the block being computed, and its gradient.
  let squaredNorm: FloatBuffer
  let dSquaredNorm: FloatBuffer
  /// Of a last block with one query.
  let single: SingleQueryScratch
  /// A `[T, r]` intermediate.
  let small: FloatBuffer
  /// A row of C channels.
  let wideRow: FloatBuffer
  /// A strip of softmax rows, and its gradient.
  let attention: FloatBuffer
  let dAttention: FloatBuffer
  /// One block's projections `[T, rows]` and all outputs `[T, rM]`; empty unless blockwise.
  let projected: FloatBuffer
  let outputs: FloatBuffer
  /// Gradients of projections `[T, wide]`, outputs `[T, rM]` and pooled keys and values `[keys, 2r]`. Empty unless training.
  let dProjected: FloatBuffer
  let dOutputs: FloatBuffer
  let dPooled: FloatBuffer

  /// For streams of `shapes` with at most `tokens` tokens each, run as `modes` say.
  init(_ shapes: [ResidualShape], tokens: [Int], modes: [StreamScratch.Mode], stripSize: Int = .max) {
    self.stripSize = stripSize
    /// The largest size of those streams whose mode is wanted.
    func largest(
      _ wanted: (StreamScratch.Mode) -> Bool = { _ in true }, _ size: (ResidualShape, Int) -> Int
    ) -> FloatBuffer {
      var most = 0
      for i in 0..<shapes.count where wanted(modes[i]) { most = max(most, size(shapes[i], tokens[i])) }
      return FloatBuffer(most)
    }
    let training = { (mode: StreamScratch.Mode) in mode == .kept || mode == .recomputed }
    let blockwise = { (mode: StreamScratch.Mode) in mode == .blockwise }
    func strip(_ shape: ResidualShape, _ t: Int) -> Int {
      guard shape.depth > 0, shape.function == .attention else { return 0 }
      let keys = shape.keys(t)
      return shape.depth > (shape.singleQuery ? 1 : 0)
        ? min(t, StreamWorkspace.strip(keys, stripSize)) * keys : keys
    }
    squaredNorm = largest { $1 }
    single = SingleQueryScratch(shapes, tokens: tokens, training: modes.contains(.kept))
    small = largest { $0.depth > 0 ? $1 * $0.rank : 0 }
    wideRow = largest { shape, _ in shape.channels }
    attention = largest({ $0 != .kept }, strip)
    projected = largest(blockwise) { $0.depth > 0 ? $1 * $0.rowsPerBlock : 0 }
    outputs = largest(blockwise) { $1 * $0.outputs }
    dSquaredNorm = largest(training) { $1 }
    dAttention = largest(training, strip)
    dProjected = largest(training) { $1 * $0.wide }
    dOutputs = largest(training) { $1 * $0.outputs }
    dPooled = largest(training) { $0.reduction > 1 && $0.depth > 0 ? $0.keys($1) * 2 * $0.rank : 0 }
  }

  /// Queries of a strip, given the keys.
  func strip(_ keys: Int) -> Int { StreamWorkspace.strip(keys, stripSize) }

  private static func strip(_ keys: Int, _ size: Int) -> Int { max(16, size / max(1, keys)) }
}
