/// Where a head's gradients are summed over samples: with respect to the folded weights, so that the work of unfolding
/// them into parameters is done once per step and not once per sample.
public final class HeadGradient {
  /// Every part below in one buffer, so that lanes are added and cleared by one loop.
  public let buffer: FloatBuffer

  /// dL/d inputRows `[4rM, C]`, d rowConstants `[4rM]`, d cross `[rM, 4rM]`, d qkvBias `[M, 3r]`.
  let rows: UnsafeMutablePointer<Float>
  let rowConstants: UnsafeMutablePointer<Float>
  let cross: UnsafeMutablePointer<Float>
  let qkvBias: UnsafeMutablePointer<Float>
  /// d P through the pooled vector `[rM, C]`.
  let pooledRows: UnsafeMutablePointer<Float>
  /// d gain and bias of the input norm `[C]`, but for what passes through the rows.
  let inputGain: UnsafeMutablePointer<Float>
  let inputBias: UnsafeMutablePointer<Float>
  /// d final gain, final bias, classifier and its bias: as in the parameters, one after another.
  let tail: UnsafeMutablePointer<Float>

  public init(_ shape: HeadShape) {
    let c = shape.channels
    let plan = HeadRows(shape)
    let width = shape.rank * shape.depth
    let norm = shape.inputNorm ? c : 0
    let sizes = [
      plan.count * c, plan.count, width * plan.count, 3 * width, width * c, norm, norm,
      2 * c + shape.classes * (c + 1),
    ]
    var offsets: [Int] = []
    var end = 0
    for size in sizes {
      offsets.append(end)
      end += size
    }
    buffer = FloatBuffer(end)
    let base = buffer.pointer
    rows = base + offsets[0]
    rowConstants = base + offsets[1]
    cross = base + offsets[2]
    qkvBias = base + offsets[3]
    pooledRows = base + offsets[4]
    inputGain = base + offsets[5]
    inputBias = base + offsets[6]
    tail = base + offsets[7]
  }

  /// Parts of `tail`.
  func finalGain(_ shape: HeadShape) -> UnsafeMutablePointer<Float> { tail }
  func finalBias(_ shape: HeadShape) -> UnsafeMutablePointer<Float> { tail + shape.channels }
  func classifier(_ shape: HeadShape) -> UnsafeMutablePointer<Float> { tail + 2 * shape.channels }
  func classifierBias(_ shape: HeadShape) -> UnsafeMutablePointer<Float> {
    tail + (2 + shape.classes) * shape.channels
  }

  public func clear() { buffer.clear() }
}
