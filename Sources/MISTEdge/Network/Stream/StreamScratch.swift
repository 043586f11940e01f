/// The memory of one stream's forward (and backward) pass: `[T, C]` for the input, and otherwise multiples of `[T, r]`.
/// What only a running pass needs is in the workspace, which the levels of a head share.
final class StreamScratch {
  /// What is held of a forward pass.
  enum Mode {
    /// All blocks' projections side by side: one product for all.
    case wide
    /// The same and the softmax rows, for a backward pass.
    case kept
    /// The same without the softmax rows: the backward pass computes them again, strip by strip.
    case recomputed
    /// One block's projections at a time, in the workspace, and so are the outputs: the least memory.
    case blockwise
  }

  let maximumTokens: Int
  let mode: Mode
  /// x_0 `[T, C]`, standardised in place; empty where it is in integers.
  let input: FloatBuffer
  let integers: IntegerTokens?
  /// Integers as floats, so many rows of C as are needed at a time; empty without.
  let strip: FloatBuffer
  /// Mean of x̂ ⊙ g + b per token.
  let inputMean: FloatBuffer
  /// Projections `[T, stride]`; K, V, Q in place once scaled.
  let projected: FloatBuffer
  let stride: Int
  /// `1/√(‖x_l‖²/C + ε)` `[M + 1, T]`; the last is the readout's.
  let scales: FloatBuffer
  /// Attention outputs `[T, rM]`.
  let outputs: FloatBuffer
  /// Keys and values pooled over windows `[keys, 2r]`, one block after another; empty without windows.
  private let pooled: FloatBuffer
  private let pooledStride: Int
  /// Softmax rows, one block after another if they are kept; else one strip's, or one block's.
  let attention: FloatBuffer
  /// Of blocks without a low-rank form.
  let depthwise: DepthwiseScratch?
  let workspace: StreamWorkspace
  /// Where a backward pass leaves dL/dx_0 `[T, C]`; nil where nothing stands before these blocks, or nothing asks for it.
  var dInput: UnsafeMutablePointer<Float>?

  var isBlockwise: Bool { mode == .blockwise }
  var keepsAttention: Bool { mode == .kept }

  init(
    _ shape: ResidualShape, tokens t: Int, mode: Mode, workspace: StreamWorkspace, integers: Bool = false
  ) {
    let m = shape.depth
    let blockwise = mode == .blockwise
    maximumTokens = t
    self.mode = mode
    self.workspace = workspace
    input = FloatBuffer(integers ? 0 : t * shape.channels)
    self.integers = integers ? IntegerTokens(t, channels: shape.channels) : nil
    strip = FloatBuffer(integers ? IntegerMatrix.strip * shape.channels : 0)
    inputMean = FloatBuffer(shape.inputNorm ? t : 0)
    stride = blockwise ? shape.rowsPerBlock : shape.wide
    projected = blockwise ? workspace.projected : FloatBuffer(t * stride)
    scales = FloatBuffer(t * (m + 1))
    outputs = blockwise ? workspace.outputs : FloatBuffer(t * shape.outputs)
    let keys = shape.keys(t)
    let windows = shape.reduction > 1 && m > 0 ? keys * 2 * shape.rank : 0
    pooled = FloatBuffer(blockwise ? windows : windows * m)
    pooledStride = blockwise ? 0 : windows
    attention = mode == .kept ? FloatBuffer(shape.attentionSize(t)) : workspace.attention
    depthwise = shape.depthwise.map { DepthwiseScratch($0, training: mode == .kept) }
    dInput = depthwise?.dOutput?.pointer
  }

  /// Projections of block `l`: K, V, Q and P in a row of `stride`.
  func projected(_ shape: ResidualShape, _ l: Int) -> UnsafeMutablePointer<Float> {
    projected.pointer + (isBlockwise ? 0 : shape.start(l))
  }

  /// Pooled keys and values of block `l`.
  func pooled(_ l: Int) -> UnsafeMutablePointer<Float> { pooled.pointer + l * pooledStride }
}

extension ResidualShape {
  /// Floats of all blocks' softmax rows for `t` tokens.
  func attentionSize(_ t: Int) -> Int {
    guard function == .attention else { return 0 }
    let single = singleQuery && depth > 0 ? 1 : 0
    return ((depth - single) * t + single) * keys(t)
  }
}
