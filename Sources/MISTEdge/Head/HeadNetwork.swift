/// An edge network ready to run: a head's parameters in the exact low-rank form.
///
/// The residual stream is `x_l = x_0 + Σ_{j<l} P_jᵀ o_j` with `o_j` `[T, r]` the attention output of block j. LayerNorm does
/// not see a token's mean, so x_0 and all rows are centred once; then one product of x_0 with `rows` gives every
/// projection of x_0, `cross` (products of rows with rows) corrects it for the blocks before, and squared norms follow by
/// `‖x_{l+1}‖² = ‖x_l‖² + (2 P_l x_l + P_l P_lᵀ o_l)·o_l`. With an input norm `x_0 = x̂ ⊙ g + b`, its gain is
/// folded into the rows and its bias into constants. The same function as the plain form, other rounding.
///
/// `prepare` must not run while another thread uses the network; everything else only reads it.
public final class HeadNetwork<K: EdgeKernels>: @unchecked Sendable {
  public let shape: HeadShape
  public let layout: HeadLayout
  let rowPlan: HeadRows

  /// Centred rows `[4rM, C]`.
  let rows: FloatBuffer
  /// `rows ⊙ g` with an input norm (else `rows` itself), and `rows · b` `[4rM]`.
  let inputRows: FloatBuffer
  let rowConstants: FloatBuffer
  /// `P_i · rows` `[rM, 4rM]`; filled where block i stands before the row's block, and at a block's own P.
  let cross: FloatBuffer
  /// `W_qkv · β` `[M, 3r]` in the order K, V, Q.
  let qkvBias: FloatBuffer
  /// Input gain and bias, final gain and bias, classifier and its bias, as in the parameters.
  let inputGain: FloatBuffer
  let inputBias: FloatBuffer
  let finalGain: FloatBuffer
  let finalBias: FloatBuffer
  let classifier: FloatBuffer
  let classifierBias: FloatBuffer

  /// A network whose weights are zero until `prepare`.
  public init(_ shape: HeadShape) {
    self.shape = shape
    layout = HeadLayout(shape)
    rowPlan = HeadRows(shape)
    let c = shape.channels
    rows = FloatBuffer(rowPlan.count * c)
    inputRows = shape.inputNorm ? FloatBuffer(rowPlan.count * c) : rows
    rowConstants = FloatBuffer(rowPlan.count)
    cross = FloatBuffer(shape.rank * shape.depth * rowPlan.count)
    qkvBias = FloatBuffer(3 * shape.rank * shape.depth)
    inputGain = FloatBuffer(layout.inputGain.count)
    inputBias = FloatBuffer(layout.inputBias.count)
    finalGain = FloatBuffer(c)
    finalBias = FloatBuffer(c)
    classifier = FloatBuffer(layout.classifier.count)
    classifierBias = FloatBuffer(layout.classifierBias.count)
  }

  /// Folds `parameters` (`layout.count` floats in `HeadLayout`'s order). They are not kept.
  public func prepare(_ parameters: UnsafePointer<Float>) {
    let c = shape.channels
    let r = shape.rank
    func copy(_ range: Range<Int>, _ to: FloatBuffer) {
      to.pointer.update(from: parameters + range.lowerBound, count: range.count)
    }
    copy(layout.inputGain, inputGain)
    copy(layout.inputBias, inputBias)
    copy(layout.finalGain, finalGain)
    copy(layout.finalBias, finalBias)
    copy(layout.classifier, classifier)
    copy(layout.classifierBias, classifierBias)

    for l in 0..<shape.depth {
      let block = layout.block(l)
      let gain = parameters + block.normGain.lowerBound
      let bias = parameters + block.normBias.lowerBound
      let out = parameters + block.out.lowerBound
      for i in 0..<3 * r {
        let source = parameters + block.qkv.lowerBound + HeadNetwork.parameterRow(i, rank: r) * c
        let row = rows.pointer + (rowPlan.start(l) + i) * c
        qkvBias.pointer[3 * r * l + i] = dot(source, bias, c)
        for x in 0..<c { row[x] = source[x] * gain[x] }
        centre(row, c)
      }
      for i in 0..<r {
        let row = rows.pointer + (rowPlan.out(l) + i) * c
        for x in 0..<c { row[x] = out[x &* r &+ i] }
        centre(row, c)
      }
    }
    if shape.inputNorm {
      for i in 0..<rowPlan.count {
        let row = rows.pointer + i * c
        let scaled = inputRows.pointer + i * c
        for x in 0..<c { scaled[x] = row[x] * inputGain.pointer[x] }
        rowConstants.pointer[i] = dot(row, inputBias.pointer, c)
      }
    }
    for l in 0..<shape.depth {
      for i in 0...l {
        K.gemm(
          transposeA: false, transposeB: true, m: r, n: 4 * r, k: c, alpha: 1,
          a: rows.pointer + rowPlan.out(i) * c, lda: c, b: rows.pointer + rowPlan.start(l) * c, ldb: c,
          beta: 0, c: cross.pointer + i * r * rowPlan.count + rowPlan.start(l), ldc: rowPlan.count)
      }
    }
  }

  /// The row of `W_qkv` (Q, K, V) that is row `i` of a block here (K, V, Q).
  static func parameterRow(_ i: Int, rank: Int) -> Int { i < 2 * rank ? i + rank : i - 2 * rank }
}
