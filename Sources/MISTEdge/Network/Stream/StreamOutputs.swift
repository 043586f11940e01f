extension ResidualStream {
  /// `x ← x + Σ_j P_jᵀ o_j` for one token's outputs `[rM]`, or a weighted sum of them.
  func addOutputs(_ o: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>, _ s: StreamScratch) {
    for l in 0..<shape.depth {
      forRows(shape.out(l), shape.rank, s, of: rows) { strip, p in
        for i in strip {
          axpy(o[l * shape.rank + i], p + (i - strip.lowerBound) * shape.channels, x, shape.channels)
        }
      }
    }
  }

  /// Calls `body` with `count` rows from `first`, numbered from 0, and where their floats are: in `buffer`, or of integers strip by strip.
  func forRows(
    _ first: Int, _ count: Int, _ s: StreamScratch, of buffer: FloatBuffer,
    _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) {
    guard let integers else { return body(0..<count, buffer.pointer + first * shape.channels) }
    integers.rows.forStrips(shape.place(first), count, into: s.strip.pointer, K.self, body)
  }

  /// Through the same, given dL/dx `d`: adds to dL/do `[rM]` and to dL/dP.
  func addOutputsBackward(
    _ d: UnsafePointer<Float>, outputs o: UnsafePointer<Float>, _ dOutput: UnsafeMutablePointer<Float>,
    _ g: StreamGradient
  ) {
    let c = shape.channels
    for l in 0..<shape.depth {
      for i in 0..<shape.rank {
        let j = l * shape.rank + i
        dOutput[j] += dot(outRow(l, i), d, c)
        axpy(o[j], d, g.pooledRows + j * c, c)
      }
    }
  }

  /// Row `[C]` of P in block `l`, in the order of the block's outputs.
  private func outRow(_ l: Int, _ i: Int) -> UnsafeMutablePointer<Float> {
    rows.pointer + (shape.out(l) + i) * shape.channels
  }
}
