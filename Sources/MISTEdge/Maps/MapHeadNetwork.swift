/// An edge network on feature maps ready to run: one residual stream per level (`LowRankTrunk`, read out per position), and
/// what follows the sum of the levels.
///
/// `prepare` must not run while another thread uses the network; everything else only reads it.
public final class MapHeadNetwork<K: EdgeKernels>: @unchecked Sendable {
  public let shape: MapHeadShape
  public let layout: MapHeadLayout
  let trunks: [LowRankTrunk<K>]
  let resizes: [MapResize]
  /// The sum's bias, classifier and its bias, as in the parameters.
  let bias: FloatBuffer
  let classifier: FloatBuffer
  let classifierBias: FloatBuffer

  /// A network whose weights are zero until `prepare`.
  public init(_ shape: MapHeadShape) {
    self.shape = shape
    let layout = MapHeadLayout(shape)
    self.layout = layout
    trunks = (0..<shape.levels.count).map { LowRankTrunk(shape.trunk($0), layout.trunk($0)) }
    resizes = shape.levels.map {
      MapResize(
        height: $0.height, width: $0.width, outputHeight: shape.outputHeight, outputWidth: shape.outputWidth)
    }
    bias = FloatBuffer(layout.bias.count)
    classifier = FloatBuffer(layout.classifier.count)
    classifierBias = FloatBuffer(layout.classifierBias.count)
  }

  /// Folds `parameters` (`layout.count` floats in `MapHeadLayout`'s order). They are not kept.
  public func prepare(_ parameters: UnsafePointer<Float>) {
    func copy(_ range: Range<Int>, _ to: FloatBuffer) {
      to.pointer.update(from: parameters + range.lowerBound, count: range.count)
    }
    copy(layout.bias, bias)
    copy(layout.classifier, classifier)
    copy(layout.classifierBias, classifierBias)
    for trunk in trunks { trunk.prepare(parameters) }
  }
}
