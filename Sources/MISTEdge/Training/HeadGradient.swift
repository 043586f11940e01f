/// Where a head's gradients are summed over samples: with respect to the folded weights, so that the work of unfolding
/// them into parameters is done once per step and not once per sample.
public final class HeadGradient {
  /// Every part below in one buffer, so that lanes are added and cleared by one loop.
  public let buffer: FloatBuffer

  let trunk: TrunkGradient
  /// d final gain, final bias, classifier and its bias: as in the parameters, one after another.
  var tail: UnsafeMutablePointer<Float> { trunk.end }

  public init(_ shape: HeadShape) {
    let c = shape.channels
    buffer = FloatBuffer(TrunkGradient.count(shape.trunk) + 2 * c + shape.classes * (c + 1))
    trunk = TrunkGradient(shape.trunk, at: buffer.pointer)
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
