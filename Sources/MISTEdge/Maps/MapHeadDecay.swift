extension MapHeadLayout {
  /// The parameters that weight decay applies to: matrices, not gains and biases. Ascending, disjoint.
  public var decayed: [Range<Int>] {
    levels.flatMap { level in level.blocks.flatMap { [$0.qkv, $0.out] } + [level.product] } + [classifier]
  }

  /// The rest: gains and biases.
  public var undecayed: [Range<Int>] {
    levels.flatMap { level in
      [level.inputGain, level.inputBias] + level.blocks.flatMap { [$0.normGain, $0.normBias] }
        + [level.normGain, level.normBias]
    } + [bias, classifierBias]
  }
}
