/// The memory of one forward (and backward) pass, allocated once: `[T, C]` for the input, and otherwise multiples of
/// `[T, r]` and the attention matrices. One per thread.
public final class HeadScratch {
  public let maximumTokens: Int
  /// The features `[T, C]` go here before `HeadNetwork.forward`, which standardises them in place.
  public let input: UnsafeMutablePointer<Float>

  let trunk: TrunkScratch
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
  let dPooled: FloatBuffer
  let dPooledOutputs: FloatBuffer

  /// - Parameters:
  ///   - tokens: The most tokens a call will have; the shape's number unless told.
  ///   - training: Whether `HeadNetwork.backward` will follow.
  public init(_ shape: HeadShape, tokens: Int? = nil, training: Bool = false) {
    let t = tokens ?? shape.tokens
    let c = shape.channels
    let outputs = shape.rank * shape.depth
    let mode: TrunkScratch.Mode = training ? .kept : .wide
    let workspace = TrunkWorkspace([shape.trunk], tokens: [t], modes: [mode])
    trunk = TrunkScratch(shape.trunk, tokens: t, mode: mode, workspace: workspace)
    maximumTokens = t
    input = trunk.input.pointer
    pooled = FloatBuffer(c)
    classifierInput = FloatBuffer(c)
    let mean = shape.pooling == .mean
    tokenWeights = FloatBuffer(mean ? t : 0)
    pooledInput = FloatBuffer(mean ? c : 0)
    pooledOutputs = FloatBuffer(outputs)
    dPooled = FloatBuffer(training ? c : 0)
    dPooledOutputs = FloatBuffer(training ? outputs : 0)
  }
}
