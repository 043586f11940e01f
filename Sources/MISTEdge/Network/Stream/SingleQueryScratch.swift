/// What the last block's attention from the class token alone keeps: sums over tokens in the place of keys and values. A token is its
/// input `[C]` and its outputs of the blocks before `[r(M−1)]`.
final class SingleQueryScratch {
  /// The query `[r]`; what it makes of the keys' rows, `W_kᵀ q`, for inputs and outputs; and its product with every token `[T]`.
  let query: FloatBuffer
  let keyed: FloatBuffer
  let keyedOutputs: FloatBuffer
  let products: FloatBuffer
  /// Weights of the tokens `[T]`, the attention times the norm's scale, their total, and the weighted sums of inputs and outputs.
  let weights: FloatBuffer
  var total: Float = 0
  let gathered: FloatBuffer
  let gatheredOutputs: FloatBuffer

  // Gradients of the above; empty unless training.
  let dQuery: FloatBuffer
  let dKeyed: FloatBuffer
  let dKeyedOutputs: FloatBuffer
  let dGathered: FloatBuffer
  let dGatheredOutputs: FloatBuffer

  /// For those of `shapes` that have such a block, of at most `tokens` tokens each; empty without.
  init(_ shapes: [ResidualShape], tokens: [Int], training: Bool) {
    var (c, r, outputs, t) = (0, 0, 0, 0)
    for i in 0..<shapes.count where shapes[i].singleQuery {
      c = max(c, shapes[i].channels)
      r = max(r, shapes[i].rank)
      outputs = max(outputs, shapes[i].rank * (shapes[i].depth - 1))
      t = max(t, tokens[i])
    }
    query = FloatBuffer(r)
    keyed = FloatBuffer(c)
    keyedOutputs = FloatBuffer(outputs)
    products = FloatBuffer(t)
    weights = FloatBuffer(t)
    gathered = FloatBuffer(c)
    gatheredOutputs = FloatBuffer(outputs)
    dQuery = FloatBuffer(training ? r : 0)
    dKeyed = FloatBuffer(training ? c : 0)
    dKeyedOutputs = FloatBuffer(training ? outputs : 0)
    dGathered = FloatBuffer(training ? c : 0)
    dGatheredOutputs = FloatBuffer(training ? outputs : 0)
  }
}
