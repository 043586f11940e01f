// A residual stream whose products with tokens are of integers: the rows that multiply every token are rounded to integers of a scale per
// row, block by block, so that a device holds the rows of one block as floats at a time. Everything behind the products is as it is.

extension NetworkShape {
  /// Whether a network of this shape can be computed in integers: one stream of blocks with a low-rank form, pooled.
  package var takesIntegers: Bool {
    guard body == .streams, streams.count == 1, streams[0].depth > 0, function.hasRank else { return false }
    return readout == .pooled(.cls) || readout == .pooled(.mean)
  }
}

extension ResidualShape {
  /// Rows that vectors are multiplied with: every block's P, and what the last block reads where it has one query.
  var keptRows: Int { outputs + (singleQuery ? inputs : 0) }

  /// Where row `i` stands among them.
  func place(_ i: Int) -> Int {
    let (block, row) = (i / rowsPerBlock, i % rowsPerBlock)
    return row >= inputs ? block * rank + row - inputs : outputs + row
  }
}

/// A stream's rows in integers.
final class IntegerWeights<K: EdgeKernels> {
  /// Of every block what multiplies every token.
  let blocks: [IntegerRows]
  /// The others (`ResidualShape.place`).
  let rows: IntegerMatrix

  init(_ shape: ResidualShape) {
    let c = shape.channels
    blocks = (0..<shape.depth).map { Self.rows(shape.width($0), c) }
    rows = IntegerMatrix(shape.keptRows, width: c)
  }

  static func rows(_ count: Int, _ c: Int) -> IntegerRows {
    IntegerRows(count, depth: c, bytes: K.integerBytes(count, depth: c))
  }
}

/// What a stream's rows are folded in.
final class IntegerFolding<K: EdgeKernels> {
  /// The rows of a block, and with an input norm these with its gain.
  let block: FloatBuffer
  let scaled: FloatBuffer
  /// A LayerNorm's gain and bias, a row of the input matrix, and the output matrix; and codes of either.
  let room: FloatBuffer
  let stored: IntegerMatrix
  /// What a last block with one query reads.
  let single: IntegerRows

  init(_ shape: ResidualShape) {
    let c = shape.channels
    block = FloatBuffer(shape.rowsPerBlock * c)
    scaled = shape.inputNorm ? FloatBuffer(block.count) : block
    room = FloatBuffer((shape.rank + 3) * c)
    stored = IntegerMatrix(c, width: shape.rank)
    single = IntegerWeights<K>.rows(shape.singleQuery ? shape.inputs : 0, c)
  }
}

extension ResidualStream {
  /// Folds the stream's part of a bundle's weights. As floats there are the rows of one block at a time.
  func prepareIntegers(_ weights: BundleWeights) {
    guard let integers else { preconditionFailure("the stream is one of floats") }
    weights.expand(places.inputGain, into: inputGain.pointer)
    weights.expand(places.inputBias, into: inputBias.pointer)
    let (c, r) = (shape.channels, shape.rank)
    let own = IntegerFolding<K>(shape)
    let (block, scaled) = (own.block.pointer, own.scaled.pointer)
    for l in 0..<shape.depth {
      fold(block: l, weights, own.stored, own.room.pointer, into: block)
      foldInput(block, shape.rows(of: l), into: scaled)
      integers.rows.take(block + shape.inputs * c, r, at: shape.place(shape.out(l)), K.self)
      if shape.isSingle(l) {
        integers.rows.take(scaled, shape.inputs, at: shape.place(shape.start(l)), K.self)
      }
      let rows = shape.isSingle(l) ? own.single : integers.blocks[l]
      K.packIntegers(block, into: rows)
      // `cross` of the blocks before with this one's rows, and with its own P. P's follow each other.
      K.integerProduct(
        integers.rows.codes, steps: integers.rows.steps.pointer, m: (l + 1) * r, rows: rows,
        into: cross.pointer + shape.start(l), ldc: shape.rowCount)
      if shape.inputNorm, !shape.isSingle(l) { K.packIntegers(scaled, into: rows) }
    }
  }

  private func fold(
    block l: Int, _ weights: BundleWeights, _ stored: IntegerMatrix, _ room: UnsafeMutablePointer<Float>,
    into rows: UnsafeMutablePointer<Float>
  ) {
    let (c, block) = (shape.channels, places.blocks[l])
    let (gain, bias, row, output) = (room, room + c, room + 2 * c, room + 3 * c)
    weights.expand(block.normGain, into: gain)
    weights.expand(block.normBias, into: bias)
    expand(0..<c, weights.codes(block.output), shape.rank, stored, into: output)
    let input = weights.codes(block.input)
    fold(
      block: l, gain: gain, bias: bias,
      input: {
        self.expand($0..<$0 + 1, input, c, stored, into: row)
        return UnsafePointer(row)
      }, output: output, into: rows)
  }

  /// Rows `rows` of a stored matrix of `columns` as floats, by way of `room`.
  private func expand(
    _ rows: Range<Int>, _ matrix: (codes: UnsafePointer<Int8>, scales: UnsafeRawBufferPointer),
    _ columns: Int,
    _ room: IntegerMatrix, into out: UnsafeMutablePointer<Float>
  ) {
    _ = K.takeCodes(
      matrix.codes + rows.lowerBound * columns, count: rows.count * columns, into: room.codes)
    for row in rows {
      let scale = matrix.scales.float(at: 4 * row)
      let i = 2 * (row - rows.lowerBound)
      (room.steps.pointer[i], room.steps.pointer[i + 1]) = (scale, -128 * scale)
    }
    K.expandIntegers(
      room.codes, steps: room.steps.pointer, rows: rows.count, width: columns, into: out)
  }

  /// The projections of all blocks, from the integers of the first `t` tokens.
  func projectIntegers(_ t: Int, _ tokens: IntegerTokens, _ s: StreamScratch) {
    for l in 0..<shape.depth {
      guard let rows = integers?.blocks[l], rows.count > 0 else { continue }
      let out = s.projected.pointer + shape.start(l)
      K.integerProduct(
        tokens.matrix.codes, steps: tokens.matrix.steps.pointer, m: t, rows: rows, into: out, ldc: s.stride)
      guard shape.inputNorm else { continue }
      for i in 0..<t { axpy(1, rowConstants.pointer + shape.start(l), out + i * s.stride, rows.count) }
    }
  }

  /// As `standardise` of floats: tokens are centred as they come, so that only an input norm has a scale to add.
  func standardise(_ t: Int, _ tokens: IntegerTokens, _ s: StreamScratch) {
    let square = s.workspace.squaredNorm.pointer
    square.update(from: tokens.squares.pointer, count: t)
    guard shape.inputNorm else { return }
    let c = shape.channels
    for i in 0..<t {
      let factor = 1 / (square[i] / Float(c) + shape.epsilon).squareRoot()
      tokens.matrix.steps.pointer[2 * i] *= factor
      tokens.matrix.steps.pointer[2 * i + 1] *= factor
    }
    s.forStrips(t, K.self) { strip, rows in
      for i in strip {
        let row = rows + (i - strip.lowerBound) * c
        s.inputMean.pointer[i] = (dot(row, inputGain.pointer, c) + sum(inputBias.pointer, c)) / Float(c)
        square[i] = centredInput(row, mean: s.inputMean.pointer[i], into: s.workspace.wideRow.pointer)
      }
    }
  }
}
