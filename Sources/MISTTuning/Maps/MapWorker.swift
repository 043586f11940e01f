import MISTEdge

/// One thread's memory: scratch for the network, one image's logits, mask and dropout.
final class MapWorker: @unchecked Sendable {
  let scratch: NetworkScratch
  /// `[H'·W', classes]`; training turns them into their gradient in place.
  let logits: FloatBuffer
  /// The mask `[H, W]`.
  let mask: UnsafeMutableBufferPointer<UInt8>
  /// Factors of the mlp head's channels `[D]`.
  let dropout: FloatBuffer
  var failure: (any Error)?
  private let sizes: [Int]

  init(_ shape: NetworkShape, maskPixels: Int, training: Bool) {
    scratch = NetworkScratch(shape, training: training)
    logits = FloatBuffer(shape.logitCount)
    dropout = FloatBuffer(training ? shape.classifierInput : 0)
    mask = .allocate(capacity: maskPixels)
    mask.initialize(repeating: 0)
    sizes = shape.streams.map { $0.tokens * $0.channels }
  }

  deinit { mask.deallocate() }

  /// Reads a sample's maps into the scratch.
  func read(_ maps: any LabelledMaps, _ index: Int, _ choice: FeatureChoice) throws {
    for (level, size) in sizes.enumerated() {
      try maps.read(
        index, choice, level: level,
        into: UnsafeMutableBufferPointer(start: scratch.inputs[level], count: size))
    }
  }

  /// Draws a dropout mask: 0 with `probability`, else 1/(1 − probability).
  func drawDropout(_ probability: Float, _ random: inout CounterRandom) {
    let kept = 1 / (1 - probability)
    for i in 0..<dropout.count { dropout.pointer[i] = random.uniform() < probability ? 0 : kept }
  }
}

extension Array where Element == MapWorker {
  /// Throws the first failure that a worker met, and forgets them all.
  func rethrow() throws {
    let failure = lazy.compactMap(\.failure).first
    for worker in self { worker.failure = nil }
    if let failure { throw failure }
  }
}

/// Where the gradients of a fixed share of every batch are summed, whichever thread does it.
final class MapLane: @unchecked Sendable {
  let gradient: NetworkGradient
  /// Summed loss over labelled positions times the batch's weight.
  var loss = 0.0
  var correct = 0

  init(_ shape: NetworkShape) { gradient = NetworkGradient(shape) }

  func clear() {
    gradient.clear()
    loss = 0
    correct = 0
  }
}
