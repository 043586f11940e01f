/// Where the gradients of a head on maps are summed over samples: with respect to the folded weights, so that the work of
/// unfolding them into parameters is done once per step and not once per sample.
public final class MapHeadGradient {
  /// Every part below in one buffer, so that lanes are added and cleared by one loop.
  public let buffer: FloatBuffer

  let trunks: [TrunkGradient]
  /// d bias `[R]`, classifier `[classes, D]` and its bias, as in the parameters, one after another.
  let bias: UnsafeMutablePointer<Float>
  let classifier: UnsafeMutablePointer<Float>
  let classifierBias: UnsafeMutablePointer<Float>

  public init(_ shape: MapHeadShape) {
    let shapes = (0..<shape.levels.count).map { shape.trunk($0) }
    let rows = shape.outputRows
    let classifierSize = shape.classes * shape.hidden
    let tail = rows + (shape.hidden > 0 ? classifierSize + shape.classes : 0)
    buffer = FloatBuffer(shapes.reduce(tail) { $0 + TrunkGradient.count($1) })
    var next = buffer.pointer
    var trunks: [TrunkGradient] = []
    for trunk in shapes {
      let gradient = TrunkGradient(trunk, at: next)
      trunks.append(gradient)
      next = gradient.end
    }
    self.trunks = trunks
    bias = next
    classifier = next + rows
    classifierBias = classifier + classifierSize
  }

  public func clear() { buffer.clear() }
}
