/// The memory of one stream's forward (and backward) pass: `[T, C]` for the input, and otherwise multiples of `[T, r]`.
/// What only a running pass needs is in the workspace, which the levels of a head share.
final class TrunkScratch {
  let maximumTokens: Int
  /// x_0 `[T, C]`, standardised in place.
  let input: FloatBuffer
  /// Mean of x̂ ⊙ g + b per token.
  let inputMean: FloatBuffer
  /// Projections `[T, stride]`; K, V, Q in place once scaled. All blocks' side by side, or one block's at a time.
  let projected: FloatBuffer
  let stride: Int
  /// `1/√(‖x_l‖²/C + ε)` `[M + 1, T]`; the last is the readout's.
  let scales: FloatBuffer
  /// Attention outputs `[T, rM]`.
  let outputs: FloatBuffer
  /// Keys and values pooled over windows `[keys, 2r]`, one block after another; empty without windows.
  let pooled: FloatBuffer
  /// Softmax rows, one block after another when training keeps them; else one strip's.
  let attention: FloatBuffer
  let keepsAttention: Bool
  let workspace: TrunkWorkspace

  /// - Parameters:
  ///   - keepsAttention: Whether a backward pass finds the softmax rows, instead of computing them again strip by strip.
  init(
    _ shape: TrunkShape, tokens t: Int, keepsAttention: Bool,
    workspace: TrunkWorkspace
  ) {
    let m = shape.depth
    maximumTokens = t
    self.workspace = workspace
    self.keepsAttention = keepsAttention
    input = FloatBuffer(t * shape.channels)
    inputMean = FloatBuffer(shape.inputNorm ? t : 0)
    stride = shape.wide
    projected = FloatBuffer(t * stride)
    scales = FloatBuffer(t * (m + 1))
    outputs = FloatBuffer(t * shape.outputs)
    let keys = shape.keys(t)
    pooled = FloatBuffer(shape.reduction > 1 && m > 0 ? m * keys * 2 * shape.rank : 0)
    // Blocks with a query per token, and one row for a last block with a single query.
    let full = shape.singleQuery ? m - 1 : m
    let last = shape.singleQuery ? keys : 0
    let whole = full * t * keys + last
    let strip = m == 0 ? 0 : full > 0 ? min(t, workspace.strip(keys)) * keys : last
    attention = FloatBuffer(keepsAttention ? whole : strip)
  }
}

/// Memory that one stream's pass needs only while it runs.
final class TrunkWorkspace {
  /// Queries whose softmax rows fill about this many floats go together.
  private let stripSize: Int
  /// `‖x_l‖²` per token, of the block being computed, and its gradient.
  let squaredNorm: FloatBuffer
  let dSquaredNorm: FloatBuffer
  /// A single query `[r]` and its gradient, and a `[T, r]` intermediate.
  let query: FloatBuffer
  let dQuery: FloatBuffer
  let small: FloatBuffer
  /// A row of C channels.
  let wideRow: FloatBuffer
  /// Gradients of projections `[T, wide]`, outputs `[T, rM]`, pooled keys and values `[keys, 2r]` and a strip of softmax rows.
  /// Empty unless training.
  let dProjected: FloatBuffer
  let dOutputs: FloatBuffer
  let dPooled: FloatBuffer
  let dAttention: FloatBuffer

  /// For streams of `shapes` with at most `tokens` tokens each.
  init(_ shapes: [TrunkShape], tokens: [Int], training: Bool, stripSize: Int) {
    self.stripSize = stripSize
    var (most, channels, rank, small, wide, outputs, pooled, strip) = (0, 0, 0, 0, 0, 0, 0, 0)
    for i in 0..<shapes.count {
      let (shape, t) = (shapes[i], tokens[i])
      let keys = shape.keys(t)
      most = max(most, t)
      channels = max(channels, shape.channels)
      rank = max(rank, shape.rank)
      guard shape.depth > 0 else { continue }
      small = max(small, t * shape.rank)
      wide = max(wide, t * shape.wide)
      outputs = max(outputs, t * shape.outputs)
      if shape.reduction > 1 { pooled = max(pooled, keys * 2 * shape.rank) }
      let full = shape.depth > (shape.singleQuery ? 1 : 0)
      strip = max(strip, full ? min(t, TrunkWorkspace.strip(keys, stripSize)) * keys : keys)
    }
    squaredNorm = FloatBuffer(most)
    query = FloatBuffer(rank)
    self.small = FloatBuffer(small)
    wideRow = FloatBuffer(channels)
    dSquaredNorm = FloatBuffer(training ? most : 0)
    dQuery = FloatBuffer(training ? rank : 0)
    dProjected = FloatBuffer(training ? wide : 0)
    dOutputs = FloatBuffer(training ? outputs : 0)
    dPooled = FloatBuffer(training ? pooled : 0)
    dAttention = FloatBuffer(training ? strip : 0)
  }

  /// Queries of a strip, given the keys.
  func strip(_ keys: Int) -> Int { TrunkWorkspace.strip(keys, stripSize) }

  private static func strip(_ keys: Int, _ size: Int) -> Int { max(16, size / max(1, keys)) }
}
