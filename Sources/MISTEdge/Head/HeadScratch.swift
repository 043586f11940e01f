/// The memory of one forward (and backward) pass, allocated once: `[T, C]` for the input, and otherwise multiples of
/// `[T, r]` and the attention matrices. One per thread.
public final class HeadScratch {
  public let maximumTokens: Int
  /// The features `[T, C]` go here before `HeadNetwork.forward`, which standardises them in place.
  public let input: UnsafeMutablePointer<Float>

  let inputBuffer: FloatBuffer
  /// `‖x_l‖²` per token, of the block being computed; and the mean of x̂ ⊙ g + b.
  let squaredNorm: FloatBuffer
  let inputMean: FloatBuffer
  /// Projections `[T, wide]`; K, V, Q in place once scaled.
  let projected: FloatBuffer
  /// `1/√(‖x_l‖²/C + ε)` `[M, T]`.
  let scales: FloatBuffer
  /// Attention outputs `[T, rM]`.
  let outputs: FloatBuffer
  /// Softmax rows, one block after another when training; one block's otherwise.
  let attention: FloatBuffer
  let attentionStride: Int
  /// The class token's query in the last block `[r]`, and a `[T, r]` intermediate.
  let query: FloatBuffer
  let small: FloatBuffer
  /// What goes into the final gain `[C]`, the classifier's input `[C]`, and for mean pooling the token weights `[T]`
  /// and the weighted sums of x̂ `[C]` and of the outputs `[rM]`.
  let pooled: FloatBuffer
  let classifierInput: FloatBuffer
  let tokenWeights: FloatBuffer
  let pooledInput: FloatBuffer
  let pooledOutputs: FloatBuffer
  /// The final norm's scale of the class token.
  var finalScale: Float = 0

  // Gradients of the above; empty unless training.
  let dProjected: FloatBuffer
  let dOutputs: FloatBuffer
  let dAttention: FloatBuffer
  let dSquaredNorm: FloatBuffer
  let dQuery: FloatBuffer
  let dPooled: FloatBuffer
  let dPooledOutputs: FloatBuffer
  let wideRow: FloatBuffer

  /// - Parameters:
  ///   - tokens: The most tokens a call will have; the shape's number unless told.
  ///   - training: Whether `HeadNetwork.backward` will follow.
  public init(_ shape: HeadShape, tokens: Int? = nil, training: Bool = false) {
    let t = tokens ?? shape.tokens
    let c = shape.channels
    let r = shape.rank
    let m = shape.depth
    let plan = HeadRows(shape)
    maximumTokens = t
    inputBuffer = FloatBuffer(t * c)
    input = inputBuffer.pointer
    squaredNorm = FloatBuffer(t)
    inputMean = FloatBuffer(t)
    projected = FloatBuffer(t * plan.wide)
    scales = FloatBuffer(t * m)
    outputs = FloatBuffer(t * r * m)
    // Blocks with a query per token, and one row for the last block of class-token pooling.
    let full = plan.singleQuery ? m - 1 : m
    let kept = full <= 0 ? 0 : (training ? full : 1)
    attentionStride = training ? t * t : 0
    attention = FloatBuffer(kept * t * t + (plan.singleQuery && (training || full <= 0) ? t : 0))
    query = FloatBuffer(r)
    small = FloatBuffer(m > 0 ? t * r : 0)
    pooled = FloatBuffer(c)
    classifierInput = FloatBuffer(c)
    let mean = shape.pooling == .mean
    tokenWeights = FloatBuffer(mean ? t : 0)
    pooledInput = FloatBuffer(mean ? c : 0)
    pooledOutputs = FloatBuffer(r * m)

    dProjected = FloatBuffer(training ? t * plan.wide : 0)
    dOutputs = FloatBuffer(training ? t * r * m : 0)
    dAttention = FloatBuffer(training && full > 0 ? t * t : (training ? t : 0))
    dSquaredNorm = FloatBuffer(training ? t : 0)
    dQuery = FloatBuffer(training ? r : 0)
    dPooled = FloatBuffer(training ? c : 0)
    dPooledOutputs = FloatBuffer(training ? r * m : 0)
    wideRow = FloatBuffer(c)
  }
}
