/// The memory of one forward (and backward) pass on maps, allocated once. One per thread.
///
/// For training it holds per level the input `[T, C]`, projections `[T, 4rM]`, attention outputs `[T, rM]` and the product
/// `[T, R]` with its gradient, and for the largest level the gradients of projections and outputs; softmax rows are kept up to
/// 16.8 MB per level, else computed strip by strip, and again in the backward pass. For prediction it holds the inputs, for the largest
/// level one block's projections `[T, 4r]` and the outputs, and the products of all but a first level that has the output's size.
/// With SegFormer-B4's levels at 512×512, M = 4 on all of them, r = 32 and D = 256 that is 177 MB and 34 MB; logits
/// (9.8 MB for 150 classes) are the caller's.
public final class MapHeadScratch {
  /// Level i's features `[T_i, C_i]` go here before `MapHeadNetwork.forward`, which overwrites them.
  public let inputs: [UnsafeMutablePointer<Float>]

  let trunks: [TrunkScratch]
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

  /// - Parameter training: Whether `MapHeadNetwork.backward` will follow.
  public convenience init(_ shape: MapHeadShape, training: Bool) {
    self.init(shape, training: training, keptAttention: 1 << 22, attentionStrip: 1 << 17)
  }

  /// - Parameters:
  ///   - keptAttention: Floats of one level's softmax rows up to which the backward pass finds them instead of computing
  ///     them again.
  ///   - attentionStrip: About the floats of a strip of softmax rows.
  init(_ shape: MapHeadShape, training: Bool, keptAttention: Int, attentionStrip: Int) {
    let shapes = (0..<shape.levels.count).map { shape.trunk($0) }
    let rows = shape.outputRows
    let tokens = shape.levels.map { $0.tokens }
    let modes: [TrunkScratch.Mode] = (0..<shapes.count).map {
      guard training else { return .blockwise }
      return shapes[$0].attentionSize(tokens[$0]) <= keptAttention ? .kept : .recomputed
    }
    let workspace = TrunkWorkspace(
      shapes, tokens: tokens, modes: modes, stripSize: attentionStrip)
    trunks = (0..<shapes.count).map {
      TrunkScratch(shapes[$0], tokens: tokens[$0], mode: modes[$0], workspace: workspace)
    }
    inputs = trunks.map { $0.input.pointer }
    let first = shape.levels[0]
    readsFirst =
      !training && first.height == shape.outputHeight && first.width == shape.outputWidth
    let readsFirst = readsFirst
    products = shape.levels.indices.map { FloatBuffer($0 == 0 && readsFirst ? 0 : tokens[$0] * rows) }
    dProducts = shape.levels.map { FloatBuffer(training ? $0.tokens * rows : 0) }
    stripRows = max(1, min(shape.outputHeight, (1 << 16) / max(1, shape.outputWidth * rows)))
    let strip = shape.hidden > 0 ? stripRows * shape.outputWidth * rows : 0
    hidden = FloatBuffer(strip)
    dHidden = FloatBuffer(training ? strip : 0)
    between = FloatBuffer(shape.levels.map { $0.width }.reduce(0, max) * rows)
  }
}
