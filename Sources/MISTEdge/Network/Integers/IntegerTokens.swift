/// The tokens of a stream in integers, as an `int8` store has them. They are kept centred, as floats would be: a LayerNorm does not see
/// a token's mean, so the store's offset has no part in it.
package final class IntegerTokens {
  let matrix: IntegerMatrix
  /// Squared norms of the centred tokens `[T]`.
  let squares: FloatBuffer

  init(_ tokens: Int, channels: Int) {
    matrix = IntegerMatrix(tokens, width: channels)
    squares = FloatBuffer(tokens)
  }

  /// Takes a sample: its codes `[T, C]` and a scale per token.
  package func take<K: EdgeKernels>(
    _ codes: UnsafePointer<Int8>, scales: UnsafeRawBufferPointer, _ kernels: K.Type
  ) {
    for i in 0..<squares.count {
      take(i, codes + i * matrix.width, scale: scales.float(at: 4 * i), K.self)
    }
  }

  /// Takes token `i` of `scale · code`, whose codes lie at `source`.
  private func take<K: EdgeKernels>(_ i: Int, _ source: UnsafePointer<Int8>, scale: Float, _ kernels: K.Type)
  {
    let channels = matrix.width
    let moments = K.takeCodes(source, count: channels, into: matrix.codes + i * channels)
    matrix.steps.pointer[2 * i] = scale
    matrix.steps.pointer[2 * i + 1] = -scale * (Float(moments.sum) / Float(channels))
    // Exact until here: C Σ q² − (Σ q)² is C² times the variance.
    let spread = UInt64(channels) * moments.squares - moments.sum * moments.sum
    squares.pointer[i] = scale * scale * Float(spread) / Float(channels)
  }
}

extension StoredFeature {
  /// Brings sample `index` of `int8` features into `tokens`. Throws as `load(_:into:)`.
  package func load<K: EdgeKernels>(
    _ index: Int, into tokens: IntegerTokens, _ kernels: K.Type
  ) throws(EdgeError) {
    let sample = try checked(index)
    tokens.take(
      sample.data.assumingMemoryBound(to: Int8.self),
      scales: UnsafeRawBufferPointer(start: sample.scales, count: 4 * self.tokens), K.self)
  }
}

extension StreamScratch {
  /// Calls `body` with tokens `0..<t` of x_0 as floats, `[strip, C]`: all where they lie, or of integers strip by strip.
  func forStrips<K: EdgeKernels>(
    _ t: Int, _ kernels: K.Type, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) {
    guard let integers else { return body(0..<t, input.pointer) }
    integers.matrix.forStrips(0, t, into: strip.pointer, K.self, body)
  }
}
