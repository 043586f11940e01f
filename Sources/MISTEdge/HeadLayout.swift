/// Where each parameter of a head lies in one flat buffer of floats. Training, its optimiser state, the head file
/// and the bundle all share this order.
public struct HeadLayout: Sendable {
  public struct Block: Sendable {
    /// LN gain and bias `[C]`.
    public let normGain: Range<Int>
    public let normBias: Range<Int>
    /// `W_qkv` `[3r, C]`: rows of Q, then K, then V.
    public let qkv: Range<Int>
    /// `W_o` `[C, r]`.
    public let out: Range<Int>
  }

  public let shape: HeadShape
  /// Input LN gain and bias `[C]`; empty without an input norm.
  public let inputGain: Range<Int>
  public let inputBias: Range<Int>
  private let firstBlock: Int
  public let finalGain: Range<Int>
  public let finalBias: Range<Int>
  /// Classifier `[classes, C]` and its bias `[classes]`.
  public let classifier: Range<Int>
  public let classifierBias: Range<Int>
  /// Number of parameters.
  public let count: Int

  public init(_ shape: HeadShape) {
    var end = 0
    func take(_ n: Int) -> Range<Int> {
      defer { end += n }
      return end..<(end + n)
    }
    let c = shape.channels
    let r = shape.rank
    inputGain = take(shape.inputNorm ? c : 0)
    inputBias = take(shape.inputNorm ? c : 0)
    firstBlock = end
    end += shape.depth * (2 * c + 4 * r * c)
    finalGain = take(c)
    finalBias = take(c)
    classifier = take(shape.classes * c)
    classifierBias = take(shape.classes)
    count = end
    self.shape = shape
  }

  /// Block `l`, 0 ..< depth.
  @inline(never)
  public func block(_ l: Int) -> Block {
    Block(l, first: firstBlock, channels: shape.channels, rank: shape.rank)
  }

  public var blocks: LazyMapCollection<Range<Int>, Block> { (0..<shape.depth).lazy.map(block) }
}
