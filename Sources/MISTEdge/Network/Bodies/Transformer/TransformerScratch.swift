/// What the backward pass of one transformer block needs of its forward pass; without one, all blocks share it.
final class TransformerScratch {
  /// Standardised tokens `[T, w]` and their factors.
  let normed: FloatBuffer
  let factors: FloatBuffer
  /// `[Q K V]` `[T, 3w]` and the heads' outputs `[T, w]`.
  let projected: FloatBuffer
  let outputs: FloatBuffer
  /// Of the MLP: what it standardised `[n, w]`, the factors, and what its activation reads `[n, hidden]`.
  let middle: FloatBuffer
  let middleFactors: FloatBuffer
  let hidden: FloatBuffer
  /// Of a class token's block: its query `[w]`, that times the keys' rows `[heads, w]`, the softmax rows `[heads, T]`, and the tokens' means
  /// by them `[heads, w]`.
  let query: FloatBuffer
  let keyed: FloatBuffer
  let attention: FloatBuffer
  let gathered: FloatBuffer
  let workspace: TransformerWorkspace

  /// - Parameter isClassToken: Whether only the class token is read behind the block.
  init(_ shape: TransformerShape, tokens t: Int, isClassToken: Bool, _ workspace: TransformerWorkspace) {
    let (w, one, rows) = (shape.width, isClassToken ? 1 : 0, isClassToken ? 1 : t)
    normed = FloatBuffer(isClassToken ? 0 : t * w)
    factors = FloatBuffer(t)
    projected = FloatBuffer(isClassToken ? 0 : 3 * t * w)
    outputs = FloatBuffer(rows * w)
    middle = FloatBuffer(rows * w)
    middleFactors = FloatBuffer(rows)
    hidden = FloatBuffer(rows * shape.hidden)
    query = FloatBuffer(one * w)
    keyed = FloatBuffer(one * shape.heads * w)
    attention = FloatBuffer(one * shape.heads * t)
    gathered = FloatBuffer(one * shape.heads * w)
    self.workspace = workspace
  }
}

/// Memory that a transformer block's pass needs only while it runs.
final class TransformerWorkspace {
  /// One head's softmax rows `[T, T]`.
  let attention: FloatBuffer
  /// The MLP's middle behind its activation `[n, hidden]`.
  let activated: FloatBuffer

  // Gradients; empty unless training.
  let dAttention: FloatBuffer
  let dHidden: FloatBuffer
  let dProjected: FloatBuffer
  /// Of rows `[n, w]`.
  let dRows: FloatBuffer
  let dQuery: FloatBuffer
  let dKeyed: FloatBuffer
  let dGathered: FloatBuffer

  /// - Parameter hasTokens: Whether there is a block whose tokens all go on.
  init(_ shape: TransformerShape, tokens t: Int, hasTokens: Bool, training: Bool) {
    let (w, rows, one) = (shape.width, hasTokens ? t : 1, training ? 1 : 0)
    let square = hasTokens ? t * t : 0
    attention = FloatBuffer(square)
    activated = FloatBuffer(rows * shape.hidden)
    dAttention = FloatBuffer(one * max(square, shape.heads * t))
    dHidden = FloatBuffer(one * rows * shape.hidden)
    dProjected = FloatBuffer(hasTokens ? one * 3 * t * w : 0)
    dRows = FloatBuffer(one * rows * w)
    dQuery = FloatBuffer(one * w)
    dKeyed = FloatBuffer(one * shape.heads * w)
    dGathered = FloatBuffer(one * shape.heads * w)
  }
}
