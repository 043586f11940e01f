/// A stream's part of the buffer in which gradients are summed over samples: with respect to the folded weights, so that
/// unfolding them into parameters is done once per step and not once per sample.
struct StreamGradient {
  /// dL/d inputRows `[rows, C]`, d rowConstants `[rows]`, d cross `[rM, rows]`, d constants.
  let rows: UnsafeMutablePointer<Float>
  let rowConstants: UnsafeMutablePointer<Float>
  let cross: UnsafeMutablePointer<Float>
  let constants: UnsafeMutablePointer<Float>
  /// d P through a pooled vector `[rM, C]`.
  let pooledRows: UnsafeMutablePointer<Float>
  /// d gain and bias of the input norm `[C]`, but for what passes through the rows.
  let inputGain: UnsafeMutablePointer<Float>
  let inputBias: UnsafeMutablePointer<Float>
  /// Those of blocks without a low-rank form.
  let depthwise: UnsafeMutablePointer<Float>
  /// What follows.
  let end: UnsafeMutablePointer<Float>

  private static func sizes(_ shape: ResidualShape) -> [Int] {
    let c = shape.channels
    let norm = shape.inputNorm ? c : 0
    return [
      shape.rowCount * c, shape.rowCount, shape.outputs * shape.rowCount, shape.constantCount,
      shape.isPooled ? shape.outputs * c : 0, norm, norm, shape.depthwise?.parameters ?? 0,
    ]
  }

  static func count(_ shape: ResidualShape) -> Int { sizes(shape).reduce(0, +) }

  init(_ shape: ResidualShape, at base: UnsafeMutablePointer<Float>) {
    let sizes = StreamGradient.sizes(shape)
    var next = base
    func take(_ i: Int) -> UnsafeMutablePointer<Float> {
      defer { next += sizes[i] }
      return next
    }
    rows = take(0)
    rowConstants = take(1)
    cross = take(2)
    constants = take(3)
    pooledRows = take(4)
    inputGain = take(5)
    inputBias = take(6)
    depthwise = take(7)
    end = next
  }
}
