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
    bytes(product(HeadSection.workingFloats(shape), threads))
  }

  /// Bytes of training with a batch of `labelBytes`; nil for more than can be counted.
  package static func training(_ shape: NetworkShape, threads: Int, labelBytes: Int?) -> Int? {
    // The parameters, a kept copy, Adam's two moments and their gradients.
    let parameters = MachineMemory.product([ParameterTable(shape).count, 5 + shape.gradientLanes])
    return bytes(
      MachineMemory.sum([
        parameters, product(shape.passFloats, threads), labelBytes.map { $0 / 4 },
      ]))
  }

  private static func bytes(_ floats: Int?) -> Int? { floats.flatMap { MachineMemory.product([$0, 4]) } }

  private static func require(_ bytes: Int?, threads: Int, _ what: String) throws {
    try MachineMemory.require(bytes, for: what, advice: "use fewer --threads or a smaller head")
    try ProductBuffers.require(threads, for: what)
  }

  private static func product(_ floats: UInt64, _ samples: Int) -> Int? {
    Int(exactly: floats).flatMap { MachineMemory.product([$0, samples]) }
  }
}
