/// A transformer block ready to run: `x ← x + s₁ ⊙ proj(attention(LN₁(x)))`, then `x ← x + s₂ ⊙ fc₂(gelu(fc₁(LN₂(x))))`.
///
/// Norms and scales are folded into the linear layers, so that a pass knows standardised rows and products alone, and gradients are
/// unfolded once per step. Of the block behind which only the class token is read, one row is computed (`ClassTokenAttention`).
final class TransformerBlock<K: EdgeKernels> {
  let shape: TransformerShape
  let epsilon: Float
  /// Where the block's parameters begin in the network's.
  let start: Int
  /// The folded parameters, at the parameters' places from `start`.
  private let buffer: FloatBuffer

  /// `[Q K V]`, what attention's outputs go through, and the MLP's layers.
  let projection: FoldedLinear<K>
  let output: FoldedLinear<K>
  let expansion: FoldedLinear<K>
  let contraction: FoldedLinear<K>

  var folded: UnsafeMutablePointer<Float> { buffer.pointer }

  /// Block `i`, whose weights are zero until `prepare`.
  init(_ shape: TransformerShape, _ table: ParameterTable, block i: Int, epsilon: Float) {
    self.shape = shape
    self.epsilon = epsilon
    let base = table.range(.attentionGain, block: i).lowerBound
    let last = table.range(shape.layerScale ? .perceptronScale : .contractionBias, block: i)
    start = base
    buffer = FloatBuffer(last.upperBound - base)
    projection = FoldedLinear(
      table, .projection, .projectionBias, norm: (.attentionGain, .attentionBias), block: i, base: base)
    output = FoldedLinear(
      table, .attentionOutput, .attentionOutputBias, scale: .attentionScale, block: i, base: base)
    expansion = FoldedLinear(
      table, .expansion, .expansionBias, norm: (.perceptronGain, .perceptronBias), block: i, base: base)
    contraction = FoldedLinear(
      table, .contraction, .contractionBias, scale: .perceptronScale, block: i, base: base)
  }

  /// Folds the block's part of the network's `parameters`. They are not kept.
  func prepare(_ parameters: UnsafePointer<Float>) {
    let p = parameters + start
    projection.fold(p, into: folded)
    output.fold(p, into: folded)
    expansion.fold(p, into: folded)
    contraction.fold(p, into: folded)
  }

  /// Turns the gradients of the folded parameters into those of the network's `parameters`, in place.
  func unfold(_ gradient: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>) {
    let (g, p) = (gradient + start, parameters + start)
    projection.unfold(g, parameters: p)
    output.unfold(g, parameters: p)
    expansion.unfold(g, parameters: p)
    contraction.unfold(g, parameters: p)
  }

  /// Standardises `n` rows of `x` into `out`, which may be `x`, and keeps their factors.
  func standardiseRows(
    _ n: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    factors: UnsafeMutablePointer<Float>
  ) {
    let w = shape.width
    if UnsafePointer(out) != x { out.update(from: x, count: n * w) }
    for i in 0..<n { factors[i] = standardise(out + i * w, w, epsilon: epsilon) }
  }
}

/// The MLP, of any number of rows.
extension TransformerBlock {
  /// `x ← x + mlp(x)` for `n` rows.
  func perceptron(_ n: Int, _ x: UnsafeMutablePointer<Float>, _ s: TransformerScratch) {
    standardiseRows(n, x, into: s.middle.pointer, factors: s.middleFactors.pointer)
    expansion.forward(n, s.middle.pointer, folded, into: s.hidden.pointer)
    let activated = s.workspace.activated.pointer
    gelu(s.hidden.pointer, into: activated, n * shape.hidden)
    contraction.forward(n, activated, folded, adding: true, into: x)
  }

  /// Through the same: `d` becomes dL/dx.
  func perceptronBackward(
    _ n: Int, _ d: UnsafeMutablePointer<Float>, _ s: TransformerScratch, _ g: UnsafeMutablePointer<Float>
  ) {
    let w = s.workspace
    gelu(s.hidden.pointer, into: w.activated.pointer, n * shape.hidden)
    contraction.backward(n, d, input: w.activated.pointer, folded, g, into: w.dHidden.pointer)
    geluBackward(s.hidden.pointer, w.dHidden.pointer, into: w.dHidden.pointer, n * shape.hidden)
    expansion.backward(n, w.dHidden.pointer, input: s.middle.pointer, folded, g, into: w.dRows.pointer)
    addThroughNorm(n, w.dRows.pointer, s.middle.pointer, s.middleFactors.pointer, to: d)
  }

  /// `d ← d +` what `dRows` of `n` standardised `rows` comes to before they were standardised.
  func addThroughNorm(
    _ n: Int, _ dRows: UnsafeMutablePointer<Float>, _ rows: UnsafePointer<Float>,
    _ factors: UnsafePointer<Float>,
    to d: UnsafeMutablePointer<Float>
  ) {
    let w = shape.width
    for i in 0..<n { standardiseBackward(dRows + i * w, rows + i * w, factor: factors[i], w) }
    axpy(1, dRows, d, n * w)
  }
}
