/// Where each parameter of a head on maps lies in one flat buffer of floats. Training, its optimiser state, the head file
/// and the bundle all share this order: the levels one after another, then what follows their sum.
public struct MapHeadLayout: Sendable {
  /// One level's parameters, C its channels, R the shape's `outputRows`.
  public struct Level: Sendable {
    /// Input LN gain and bias `[C]`; empty without an input norm.
    public let inputGain: Range<Int>
    public let inputBias: Range<Int>
    public let blocks: [HeadLayout.Block]
    /// LN gain and bias `[C]` before the product; empty without that norm.
    public let normGain: Range<Int>
    public let normBias: Range<Int>
    /// The product's matrix `[R, C]`.
    public let product: Range<Int>
  }

  public let shape: MapHeadShape
  public let levels: [Level]
  /// Added to the sum of the levels `[R]`; a linear head's bias.
  public let bias: Range<Int>
  /// Classifier `[classes, D]` and its bias `[classes]`; empty for a linear head.
  public let classifier: Range<Int>
  public let classifierBias: Range<Int>
  /// Number of parameters.
  public let count: Int

  public init(_ shape: MapHeadShape) {
    var end = 0
    func take(_ n: Int) -> Range<Int> {
      defer { end += n }
      return end..<(end + n)
    }
    let rows = shape.outputRows
    levels = shape.levels.map { level in
      let c = level.channels
      let rc = shape.rank * c
      return Level(
        inputGain: take(shape.inputNorm ? c : 0), inputBias: take(shape.inputNorm ? c : 0),
        blocks: (0..<level.depth).map { _ in
          HeadLayout.Block(normGain: take(c), normBias: take(c), qkv: take(3 * rc), out: take(rc))
        },
        normGain: take(shape.norm ? c : 0), normBias: take(shape.norm ? c : 0), product: take(rows * c))
    }
    bias = take(rows)
    classifier = take(shape.hidden > 0 ? shape.classes * shape.hidden : 0)
    classifierBias = take(shape.hidden > 0 ? shape.classes : 0)
    count = end
    self.shape = shape
  }
}
