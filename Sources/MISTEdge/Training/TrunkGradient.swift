/// A stream's part of the buffer in which gradients are summed over samples: with respect to the folded weights, so that
/// unfolding them into parameters is done once per step and not once per sample.
struct TrunkGradient {
  /// dL/d inputRows `[4rM + R, C]`, d rowConstants `[4rM + R]`, d cross `[rM, 4rM + R]`, d constants `[3rM + R]`.
  let rows: UnsafeMutablePointer<Float>
  let rowConstants: UnsafeMutablePointer<Float>
  let cross: UnsafeMutablePointer<Float>
  let constants: UnsafeMutablePointer<Float>
  /// d P through a pooled vector `[rM, C]`.
  let pooledRows: UnsafeMutablePointer<Float>
  /// d gain and bias of the input norm `[C]`, but for what passes through the rows.
  let inputGain: UnsafeMutablePointer<Float>
  let inputBias: UnsafeMutablePointer<Float>
  /// What follows.
  let end: UnsafeMutablePointer<Float>

  private static func sizes(_ shape: TrunkShape) -> [Int] {
    let c = shape.channels
    let norm = shape.inputNorm ? c : 0
    return [
      shape.rowCount * c, shape.rowCount, shape.outputs * shape.rowCount, 3 * shape.outputs + shape.readout,
      shape.readout > 0 ? 0 : shape.outputs * c, norm, norm,
    ]
  }

  static func count(_ shape: TrunkShape) -> Int { sizes(shape).reduce(0, +) }

  init(_ shape: TrunkShape, at base: UnsafeMutablePointer<Float>) {
    let sizes = TrunkGradient.sizes(shape)
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
    end = next
  }
}
