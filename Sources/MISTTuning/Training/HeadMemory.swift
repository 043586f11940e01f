import MISTEdge
import MISTFormats

/// The memory that a head takes, about: known before anything is allocated.
package enum HeadMemory {
  /// Throws `memory.insufficient` when `threads` samples at a time are too many for this machine, or one is.
  package static func requirePrediction(_ shape: NetworkShape, threads: Int) throws {
    try require(
      prediction(shape, threads: threads), threads: threads,
      "running this head on \(threads) \(threads == 1 ? "thread" : "threads")")
  }

  /// The same for training, of which `Trainer` says what it holds, with a batch of `labelBytes`.
  static func requireTraining(_ shape: NetworkShape, threads: Int, labelBytes: Int?) throws {
    try require(
      training(shape, threads: threads, labelBytes: labelBytes), threads: threads,
      "training this head")
  }

  /// Bytes of predicting `threads` samples at a time; nil for more than can be counted.
  package static func prediction(_ shape: NetworkShape, threads: Int) -> Int? {
    bytes(working(shape, samples: threads))
  }

  /// Bytes of training with a batch of `labelBytes`; nil for more than can be counted.
  package static func training(_ shape: NetworkShape, threads: Int, labelBytes: Int?) -> Int? {
    // The parameters, a kept copy, Adam's two moments and their gradients.
    let parameters = MachineMemory.product([ParameterTable(shape).count, 5 + shape.gradientLanes])
    // Transformer blocks say what they keep for a backward pass; elsewhere it has gradients of what the forward pass made.
    let passes =
      shape.body.transformer == nil
      ? working(shape, samples: 2 * threads) : working(shape, samples: threads, training: true)
    return bytes(
      MachineMemory.sum([
        parameters, passes, kept(shape, samples: threads), labelBytes.map { $0 / 4 },
      ]))
  }

  private static func bytes(_ floats: Int?) -> Int? { floats.flatMap { MachineMemory.product([$0, 4]) } }

  private static func require(_ bytes: Int?, threads: Int, _ what: String) throws {
    try MachineMemory.require(bytes, for: what, advice: "use fewer --threads or a smaller head")
    try ProductBuffers.require(threads, for: what)
  }

  /// What a backward pass needs of every block without a low-rank form: its input.
  private static func kept(_ shape: NetworkShape, samples: Int) -> Int? {
    guard !shape.function.hasRank else { return 0 }
    return MachineMemory.product([shape.depth, shape.tokens, shape.channels, samples])
  }

  private static func working(_ shape: NetworkShape, samples: Int, training: Bool = false) -> Int? {
    Int(exactly: HeadSection.workingFloats(shape, training: training)).flatMap {
      MachineMemory.product([$0, samples])
    }
  }
}
