/// The memory of one forward (and backward) pass on maps, allocated once. One per thread.
///
/// Per level it holds the input `[T, C]`, projections `[T, 4rM]`, attention outputs `[T, rM]` and the product `[T, R]`; softmax
/// rows are computed strip by strip, and again in the backward pass.
public final class MapHeadScratch {
  /// Level i's features `[T_i, C_i]` go here before `MapHeadNetwork.forward`, which overwrites them.
  public let inputs: [UnsafeMutablePointer<Float>]

  let trunks: [TrunkScratch]
  /// Every level's product `[T, R]`, and its gradient.
  let products: [FloatBuffer]
  let dProducts: [FloatBuffer]
  /// Output rows that pass through the classifier together.
  let stripRows: Int
  /// The classifier's input for a strip `[stripRows·W', D]` and its gradient; empty for a linear head.
  let hidden: FloatBuffer
  let dHidden: FloatBuffer
  /// A level's row between two others `[w, R]`.
  let between: FloatBuffer

  /// - Parameter training: Whether `MapHeadNetwork.backward` will follow.
  public init(_ shape: MapHeadShape, training: Bool) {
    let shapes = (0..<shape.levels.count).map { shape.trunk($0) }
    let rows = shape.outputRows
    let workspace = TrunkWorkspace(
      shapes, tokens: shape.levels.map { $0.tokens }, training: training, stripSize: 1 << 17)
    trunks = (0..<shapes.count).map {
      TrunkScratch(
        shapes[$0], tokens: shape.levels[$0].tokens, keepsAttention: false, workspace: workspace)
    }
    inputs = trunks.map { $0.input.pointer }
    products = shape.levels.map { FloatBuffer($0.tokens * rows) }
    dProducts = shape.levels.map { FloatBuffer(training ? $0.tokens * rows : 0) }
    stripRows = max(1, min(shape.outputHeight, (1 << 16) / max(1, shape.outputWidth * rows)))
    let strip = shape.hidden > 0 ? stripRows * shape.outputWidth * rows : 0
    hidden = FloatBuffer(strip)
    dHidden = FloatBuffer(training ? strip : 0)
    between = FloatBuffer(shape.levels.map { $0.width }.reduce(0, max) * rows)
  }
}
