/// Where a stream's parameters lie in a head's flat buffer.
struct TrunkLayout {
  /// Input LN gain and bias `[C]`; empty without an input norm.
  let inputGain: Range<Int>
  let inputBias: Range<Int>
  /// Where the first block begins; the others follow it.
  let firstBlock: Int
  /// LN gain and bias `[C]` before the readout, and its matrix `[R, C]`; empty without.
  let normGain: Range<Int>
  let normBias: Range<Int>
  let product: Range<Int>
}

extension HeadLayout.Block {
  /// Block `l` of those that begin at `first`.
  init(_ l: Int, first: Int, channels c: Int, rank: Int) {
    let rc = rank * c
    let gain = first + l * (2 * c + 4 * rc)
    let qkv = gain + 2 * c
    self.init(
      normGain: gain..<(gain + c), normBias: (gain + c)..<qkv, qkv: qkv..<(qkv + 3 * rc),
      out: (qkv + 3 * rc)..<(qkv + 4 * rc))
  }
}

extension HeadLayout {
  var trunk: TrunkLayout {
    TrunkLayout(
      inputGain: inputGain, inputBias: inputBias, firstBlock: inputBias.upperBound, normGain: 0..<0,
      normBias: 0..<0,
      product: 0..<0)
  }
}

extension MapHeadLayout {
  /// The stream of level `i`.
  func trunk(_ i: Int) -> TrunkLayout {
    let level = levels[i]
    return TrunkLayout(
      inputGain: level.inputGain, inputBias: level.inputBias, firstBlock: level.inputBias.upperBound,
      normGain: level.normGain, normBias: level.normBias, product: level.product)
  }
}
