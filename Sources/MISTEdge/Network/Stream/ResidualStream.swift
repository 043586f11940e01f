/// A residual stream ready to run: its parameters in the exact low-rank form. The only implementation of the attention
/// blocks: a readout pools its tokens, or reads them out per token.
///
/// The stream is `x_l = x_0 + Σ_{j<l} P_jᵀ o_j` with `o_j` `[T, r]` the attention output of block j. LayerNorm does
/// not see a token's mean, so x_0 and all rows are centred once; then one product of x_0 with `rows` gives every
/// projection of x_0, `cross` (products of rows with rows) corrects it for the blocks before, and squared norms follow by
/// `‖x_{l+1}‖² = ‖x_l‖² + (2 P_l x_l + P_l P_lᵀ o_l)·o_l`. With an input norm `x_0 = x̂ ⊙ g + b`, its gain is
/// folded into the rows and its bias into constants. The readout of a normed stream is one more product of that kind,
/// `a·(R x_0 + Σ_j (R P_jᵀ) o_j) + const` with `a` the norm's scale. The same function as the plain form, other rounding.
final class ResidualStream<K: EdgeKernels> {
  let shape: ResidualShape
  let places: StreamParameters

  /// Centred rows `[rows, C]` of all blocks and the readout; those of a readout without a norm are the parameters themselves.
  let rows: FloatBuffer
  /// `rows ⊙ g` with an input norm (else `rows` itself), and `rows · b` `[rows]`.
  let inputRows: FloatBuffer
  let rowConstants: FloatBuffer
  /// The rows of `inputRows` that multiply every token, packed; empty where products gain nothing by it.
  let packed: FloatBuffer
  /// `P_i · rows` `[rM, rows]`; filled where block i stands before the row's block, at a block's own P, and for the
  /// readout.
  let cross: FloatBuffer
  /// What the blocks' functions read of a LayerNorm's bias (`W_qkv · β` `[M, 3r]` in the order K, V, Q); then the readout's `W · β` `[R]`.
  let constants: FloatBuffer
  let inputGain: FloatBuffer
  let inputBias: FloatBuffer
  /// P `[rM, C]` as it is, for a readout that sees a token's mean; empty otherwise.
  let rawOut: FloatBuffer
  /// Blocks before these that have no low-rank form: what they make of the input is x_0.
  let depthwise: DepthwiseBlocks?
  /// All rows in integers, where tokens are; there are none in floats then.
  let integers: IntegerWeights<K>?

  /// A stream whose weights are zero until `prepare`, or with `integers` until `prepareIntegers`.
  init(_ shape: ResidualShape, _ places: StreamParameters, integers: Bool = false) {
    self.shape = shape
    self.places = places
    let c = shape.channels
    rows = FloatBuffer(integers ? 0 : shape.rowCount * c)
    inputRows = shape.inputNorm && !integers ? FloatBuffer(shape.rowCount * c) : rows
    rowConstants = FloatBuffer(shape.rowCount)
    packed = FloatBuffer(shape.wide > 0 && !integers ? K.packedCount(shape.wide, depth: c) : 0)
    self.integers = integers ? IntegerWeights(shape) : nil
    cross = FloatBuffer(shape.outputs * shape.rowCount)
    constants = FloatBuffer(shape.constantCount)
    inputGain = FloatBuffer(shape.inputNorm ? c : 0)
    inputBias = FloatBuffer(shape.inputNorm ? c : 0)
    depthwise = shape.depthwise.map(DepthwiseBlocks.init)
    rawOut = FloatBuffer(shape.isRaw ? shape.outputs * c : 0)
  }

  /// P of block `l` `[r, C]` as the readout meets it.
  func readoutOut(_ l: Int) -> UnsafeMutablePointer<Float> {
    let c = shape.channels
    return shape.isRaw ? rawOut.pointer + l * shape.rank * c : rows.pointer + shape.out(l) * c
  }

  /// Folds the stream's part of the network's `parameters`. They are not kept. `parts` runs what does not depend on each other.
  func prepare(_ parameters: UnsafePointer<Float>, _ parts: Parts) {
    depthwise?.prepare(parameters + places.start)
    inputGain.pointer.update(from: parameters + places.inputGain.lowerBound, count: inputGain.count)
    inputBias.pointer.update(from: parameters + places.inputBias.lowerBound, count: inputBias.count)
    // The blocks, and then the readout.
    parts(shape.depth + 1) { l in
      let range = l < self.shape.depth ? self.shape.rows(of: l) : self.shape.blockRows..<self.shape.rowCount
      let rows = self.rows.pointer + range.lowerBound * self.shape.channels
      if l < self.shape.depth {
        let (block, c) = (self.places.blocks[l], self.shape.channels)
        self.fold(
          block: l, gain: parameters + block.normGain.lowerBound,
          bias: parameters + block.normBias.lowerBound,
          input: { parameters + block.input.lowerBound + $0 * c },
          output: parameters + block.output.lowerBound, into: rows)
      } else {
        self.foldReadout(parameters)
      }
      self.foldInput(
        rows, range, into: self.inputRows.pointer + range.lowerBound * self.shape.channels)
    }
    // The packed rows, and the products with every block's.
    parts(shape.depth + 1) { l in
      guard l < self.shape.depth else {
        if self.packed.count > 0 {
          K.pack(
            self.inputRows.pointer, count: self.shape.wide, depth: self.shape.channels,
            into: self.packed.pointer)
        }
        return
      }
      let (rows, c) = (self.rows.pointer, self.shape.channels)
      for i in 0...l {
        self.product(
          of: rows + self.shape.out(i) * c, from: i, with: rows + self.shape.start(l) * c,
          self.shape.rows(of: l))
      }
      guard self.shape.readout > 0 else { return }
      self.product(
        of: self.readoutOut(l), from: l, with: rows + self.shape.blockRows * c,
        self.shape.blockRows..<self.shape.rowCount)
    }
  }

  /// Folds the input norm into the finished rows `range`.
  func foldInput(
    _ rows: UnsafePointer<Float>, _ range: Range<Int>, into scaled: UnsafeMutablePointer<Float>
  ) {
    guard shape.inputNorm else { return }
    let c = shape.channels
    for i in 0..<range.count {
      for x in i * c..<(i + 1) * c { scaled[x] = rows[x] * inputGain.pointer[x &- i &* c] }
      rowConstants.pointer[range.lowerBound + i] = dot(rows + i * c, inputBias.pointer, c)
    }
  }

  /// `cross[i, range] = P_i · rows`, given the rows `range`.
  func product(
    of out: UnsafePointer<Float>, from i: Int, with rows: UnsafePointer<Float>, _ range: Range<Int>
  ) {
    let (c, r, first, count) = (shape.channels, shape.rank, range.lowerBound, range.count)
    K.gemm(
      transposeA: false, transposeB: true, m: r, n: count, k: c, alpha: 1,
      a: out, lda: c, b: rows, ldb: c,
      beta: 0, c: cross.pointer + i * r * shape.rowCount + first, ldc: shape.rowCount)
  }

  /// Writes the rows of block `l` to `rows`, given its LayerNorm, rows of its input matrix, and its output matrix.
  func fold(
    block l: Int, gain: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    input: (Int) -> UnsafePointer<Float>,
    output: UnsafePointer<Float>, into rows: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    let r = shape.rank
    for i in 0..<shape.inputs {
      constants.pointer[shape.inputs * l + i] = fold(
        input(shape.parameterRow(i)), gain, bias, into: rows + i * c)
    }
    for i in 0..<r {
      let row = rows + (shape.inputs + i) * c
      for x in 0..<c { row[x] = output[x &* r &+ i] }
      if shape.isRaw { (rawOut.pointer + (l * r + i) * c).update(from: row, count: c) }
      centre(row, c)
    }
  }

  private func foldReadout(_ parameters: UnsafePointer<Float>) {
    let c = shape.channels
    let source = parameters + places.rows.lowerBound
    if shape.isRaw {
      (rows.pointer + shape.blockRows * c).update(from: source, count: shape.readout * c)
      return
    }
    for i in 0..<shape.readout {
      constants.pointer[shape.readoutConstants + i] = fold(
        source + i * c, parameters + places.normGain.lowerBound, parameters + places.normBias.lowerBound,
        into: rows.pointer + (shape.blockRows + i) * c)
    }
  }

  /// Writes a row, the centred `source ⊙ gain` of a LayerNorm and the product behind it; returns the constant.
  private func fold(
    _ source: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
    into row: UnsafeMutablePointer<Float>
  ) -> Float {
    let c = shape.channels
    for x in 0..<c { row[x] = source[x] * gain[x] }
    centre(row, c)
    return dot(source, bias, c)
  }
}
