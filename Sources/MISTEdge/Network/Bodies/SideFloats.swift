extension TransformerShape {
  /// Floats of a side network of these blocks and one sample, without the classifier.
  func workingFloats(_ shape: NetworkShape, training: Bool) -> UInt64 {
    let (w, c, f) = (UInt64(width), UInt64(shape.channels), UInt64(hidden))
    let (t, inputs, h) = (UInt64(shape.inputTokens), UInt64(shape.streams.count), UInt64(heads))
    let isLadder = shape.body.isLadder
    let blocks = isLadder ? inputs - 1 : 1
    var floats = blocks * (4 * w * w + 2 * w * f + 9 * w + f) + inputs * t * c
    // The class token's block.
    floats += h * (t + 2 * w) + 8 * w + 3 * f + t
    if isLadder {
      floats += (inputs + 1) * (w * c + w + c)
      // Standardised rows, projections, outputs, the MLP's middle, and what a ladder mixes.
      floats += (training ? blocks : 1) * t * (7 * w + f + 2) + t * (3 * w + f) + t * t
    }
    return floats
  }
}
