/// Where a stream's parameters lie in the network's flat buffer.
struct StreamParameters {
  /// A block's LayerNorm `[C]`, its input matrix (`W_qkv` `[3r, C]`) and its output matrix (`W_o` `[C, r]`).
  struct Block {
    let normGain: Range<Int>
    let normBias: Range<Int>
    let input: Range<Int>
    let output: Range<Int>
  }

  /// The first of them.
  let start: Int
  /// Input LN gain and bias `[C]`; empty without an input norm.
  let inputGain: Range<Int>
  let inputBias: Range<Int>
  let blocks: [Block]
  /// LN gain and bias `[C]` before the readout, and the readout's rows `[R, C]`; empty without.
  let normGain: Range<Int>
  let normBias: Range<Int>
  let rows: Range<Int>

  /// Those of stream `i` of a network of `shape`.
  init(_ table: ParameterTable, _ shape: NetworkShape, stream i: Int) {
    var start = table.count
    for parameter in table.parameters where parameter.stream == i {
      start = min(start, parameter.range.lowerBound)
    }
    self.start = start
    inputGain = table.range(.inputGain, stream: i)
    inputBias = table.range(.inputBias, stream: i)
    var blocks: [Block] = []
    for l in 0..<shape.stream(i).depth {
      blocks.append(
        Block(
          normGain: table.range(.normGain, stream: i, block: l),
          normBias: table.range(.normBias, stream: i, block: l),
          input: table.range(shape.function.inputName, stream: i, block: l),
          output: table.range(.blockOutput, stream: i, block: l)))
    }
    self.blocks = blocks
    normGain = table.range(.normGain, stream: i)
    normBias = table.range(.normBias, stream: i)
    rows = shape.readout.rowsName.map { table.range($0, stream: i) } ?? 0..<0
  }
}
