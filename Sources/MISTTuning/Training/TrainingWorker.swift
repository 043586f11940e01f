import MISTEdge

/// One thread's memory: scratch for the network and for one sample's random choices.
final class TrainingWorker: @unchecked Sendable {
  let scratch: NetworkScratch
  let logits: FloatBuffer
  let dLogits: FloatBuffer
  let mask: FloatBuffer
  private var tokens: [Int]
  private let channels: Int
  var failure: (any Error)?

  init(_ shape: NetworkShape, tokens: Int, training: Bool) {
    scratch = NetworkScratch(shape, tokens: tokens, training: training)
    logits = FloatBuffer(shape.classes)
    dLogits = FloatBuffer(shape.classes)
    mask = FloatBuffer(shape.classifierInput)
    channels = shape.streams[0].channels
    self.tokens = Array(0..<tokens)
  }

  /// Reads a sample's first tokens, as many as this worker is made for, into the scratch.
  func readAll(_ features: any LabelledFeatures, _ index: Int, _ choice: FeatureChoice) throws {
    try read(features, index, choice)
  }

  /// Reads the class token and others of `total`, drawn without replacement, in ascending order.
  func readSome(
    _ features: any LabelledFeatures, _ index: Int, _ choice: FeatureChoice, of total: Int,
    _ random: inout CounterRandom
  ) throws {
    var chosen = 1
    var candidate = 1
    while chosen < tokens.count {
      // Knuth's selection sampling: a candidate is taken with probability wanted/left.
      if random.below(total - candidate) < tokens.count - chosen {
        tokens[chosen] = candidate
        chosen += 1
      }
      candidate += 1
    }
    try read(features, index, choice)
  }

  private func read(_ features: any LabelledFeatures, _ index: Int, _ choice: FeatureChoice) throws {
    let destination = UnsafeMutableBufferPointer(start: scratch.inputs[0], count: tokens.count * channels)
    try features.read(index, choice, tokens: tokens, into: destination)
  }

  /// Draws a dropout mask: 0 with `probability`, else 1/(1 − probability).
  func drawMask(_ probability: Float, _ random: inout CounterRandom) {
    let kept = 1 / (1 - probability)
    for i in 0..<mask.count { mask.pointer[i] = random.uniform() < probability ? 0 : kept }
  }

  /// The class with the largest logit, the first of equals.
  func prediction(classes: Int) -> Int {
    var best = 0
    for i in 1..<max(classes, 1) where logits.pointer[i] > logits.pointer[best] { best = i }
    return best
  }
}

/// Where the gradients of a fixed share of every batch are summed, whichever thread does it.
final class GradientLane: @unchecked Sendable {
  let gradient: NetworkGradient
  var loss = 0.0
  var correct = 0

  init(_ shape: NetworkShape) { gradient = NetworkGradient(shape) }

  func clear() {
    gradient.clear()
    loss = 0
    correct = 0
  }
}
