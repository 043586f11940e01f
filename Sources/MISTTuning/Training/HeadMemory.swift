import MISTEdge
import MISTFormats

/// The memory that a head takes, about: known before anything is allocated.
package enum HeadMemory {
  /// Throws `memory.insufficient` when `threads` samples at a time are too many for this machine, or one is.
  package static func requirePrediction(_ shape: NetworkShape, threads: Int) throws {
    try require(
      working(shape, samples: threads), threads: threads,
      "running this head on \(threads) \(threads == 1 ? "thread" : "threads")")
  }

  /// The same for training, of which `Trainer` says what it holds, with a batch of `labelBytes`.
  static func requireTraining(_ shape: NetworkShape, threads: Int, labelBytes: Int?) throws {
    // The parameters, a kept copy, Adam's two moments and their gradients.
    let parameters = MachineMemory.product([ParameterTable(shape).count, 5 + shape.gradientLanes])
    // The backward pass has gradients of what the forward pass made.
    let floats = MachineMemory.sum([
      parameters, working(shape, samples: 2 * threads), kept(shape, samples: threads),
      labelBytes.map { $0 / 4 },
    ])
    try require(floats, threads: threads, "training this head")
  }

  private static func require(_ floats: Int?, threads: Int, _ what: String) throws {
    try MachineMemory.require(
      floats.flatMap { MachineMemory.product([$0, 4]) }, for: what,
      advice: "use fewer --threads or a smaller head")
    try BLASKernels.requireBuffers(threads, for: what)
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
