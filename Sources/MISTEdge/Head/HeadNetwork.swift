/// An edge network ready to run: a head's parameters, its blocks in the exact low-rank form (`LowRankTrunk`).
///
/// `prepare` must not run while another thread uses the network; everything else only reads it.
public final class HeadNetwork<K: EdgeKernels>: @unchecked Sendable {
  public let shape: HeadShape
  public let layout: HeadLayout
  let trunk: LowRankTrunk<K>
  /// Final gain and bias, classifier and its bias, as in the parameters.
  let finalGain: FloatBuffer
  let finalBias: FloatBuffer
  let classifier: FloatBuffer
  let classifierBias: FloatBuffer

  /// A network whose weights are zero until `prepare`.
  public init(_ shape: HeadShape) {
    self.shape = shape
    layout = HeadLayout(shape)
    trunk = LowRankTrunk(shape.trunk, layout.trunk)
    finalGain = FloatBuffer(shape.channels)
    finalBias = FloatBuffer(shape.channels)
    classifier = FloatBuffer(layout.classifier.count)
    classifierBias = FloatBuffer(layout.classifierBias.count)
  }

  /// Folds `parameters` (`layout.count` floats in `HeadLayout`'s order). They are not kept.
  public func prepare(_ parameters: UnsafePointer<Float>) {
    func copy(_ range: Range<Int>, _ to: FloatBuffer) {
      to.pointer.update(from: parameters + range.lowerBound, count: range.count)
    }
    copy(layout.finalGain, finalGain)
    copy(layout.finalBias, finalBias)
    copy(layout.classifier, classifier)
    copy(layout.classifierBias, classifierBias)
    trunk.prepare(parameters)
  }

  /// Rows `[C]` of P in block `l`, in the order of the block's outputs.
  func outRow(_ l: Int, _ i: Int) -> UnsafeMutablePointer<Float> {
    trunk.rows.pointer + (trunk.shape.out(l) + i) * shape.channels
  }
}
