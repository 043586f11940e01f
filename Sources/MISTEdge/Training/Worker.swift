/// One thread's memory: scratch for the network, one sample's logits, and its random choices.
package final class Worker: @unchecked Sendable {
  /// Its number among the threads, from 0.
  package let number: Int
  package let scratch: NetworkScratch
  /// `[positions, classes]`; training turns them into their gradient in place.
  package let logits: FloatBuffer
  /// Factors on the classifier's input, and on the readout's attention.
  private let dropout: FloatBuffer
  private let attentionDropout: FloatBuffer
  /// Values of every input that a read gives.
  package let sizes: [Int]
  /// The tokens of the next read; nil for all.
  package private(set) var tokens: [Int]?

  /// - Parameter tokens: Tokens of every sample that the network is given, of the only stream's; nil for all.
  package convenience init(_ number: Int, _ shape: NetworkShape, tokens: Int?, training: Bool) {
    self.init(
      number, shape, NetworkScratch(shape, tokens: tokens, training: training), tokens: tokens,
      training: training)
  }

  /// To predict with a network of integers.
  package convenience init(_ number: Int, integers shape: NetworkShape) {
    self.init(number, shape, NetworkScratch(integers: shape), tokens: nil, training: false)
  }

  private init(
    _ number: Int, _ shape: NetworkShape, _ scratch: NetworkScratch, tokens: Int?, training: Bool
  ) {
    self.number = number
    self.scratch = scratch
    logits = FloatBuffer(shape.logitCount)
    dropout = FloatBuffer(training ? shape.classifierInput : 0)
    attentionDropout = FloatBuffer(training ? shape.attentionRows * (tokens ?? shape.tokens) : 0)
    sizes = shape.streams.map { (tokens ?? $0.tokens) * $0.channels }
    self.tokens = tokens.map { Array(0..<$0) }
  }

  /// Draws the tokens of the next read: the class token and others of `total`, without replacement, in ascending order.
  package func drawTokens(of total: Int, _ random: inout CounterRandom) {
    guard let count = tokens?.count else { return }
    var chosen = 1
    var candidate = 1
    while chosen < count {
      // Knuth's selection sampling: a candidate is taken with probability wanted/left.
      if random.below(total - candidate) < count - chosen {
        tokens?[chosen] = candidate
        chosen += 1
      }
      candidate += 1
    }
  }

  /// Draws factors of dropout, which hold until the next call: of `rate` on what the classifier reads, and of `attention` on the
  /// readout's attention.
  package func drawMasks(_ rate: Float, attention: Float, _ random: inout CounterRandom) -> DropoutMasks {
    DropoutMasks(
      classifierInput: draw(rate, dropout, &random),
      attention: draw(attention, attentionDropout, &random))
  }

  /// 0 with probability `rate`, else 1/(1 − rate); nil where there is nothing to drop.
  private func draw(_ rate: Float, _ factors: FloatBuffer, _ random: inout CounterRandom) -> UnsafePointer<
    Float
  >? {
    guard rate > 0, factors.count > 0 else { return nil }
    let kept = 1 / (1 - rate)
    for i in 0..<factors.count { factors.pointer[i] = random.uniform() < rate ? 0 : kept }
    return UnsafePointer(factors.pointer)
  }
}
