import MISTEdge
import MISTEdgeKernels
import MISTFormats

/// Runs a head over stored features, samples in parallel.
package final class Predictor<Task: TuningTask> {
  package let shape: NetworkShape
  package let feature: Feature
  private let network: Form
  /// Tokens that the network looks at; nil for all.
  private let tokens: Int?
  private let workers: [Worker]

  private enum Form: Sendable {
    case floats(EdgeNetwork<HostKernels>)
    /// Of a bundle, whose weights it has.
    case integers(EdgeNetwork<NativeKernels>)

    func prepare(_ parameters: [Float]) {
      switch self {
      case .floats(let network): network.prepare(parameters)
      case .integers: precondition(parameters.isEmpty, "a network of integers has its bundle's parameters")
      }
    }

    func forward(_ worker: Worker, tokens: Int?) {
      switch self {
      case .floats(let network):
        network.forward(tokens: tokens, scratch: worker.scratch, into: worker.logits.pointer)
      case .integers(let network): network.forward(scratch: worker.scratch, into: worker.logits.pointer)
      }
    }
  }

  /// Multiplies integers as a device does with `bundle`, which takes them, and `feature`, which must be stored in codes
  /// (`SplitFeatures.hasCodes`). It has the bundle's parameters and takes no others.
  package init(integers bundle: EdgeBundle, feature: Feature, threads: Int) {
    shape = bundle.network
    self.feature = feature
    network = .integers(bundle.makeIntegerNetwork())
    tokens = nil
    workers = (0..<max(1, threads)).map { [shape] in Worker($0, integers: shape) }
  }

  /// A predictor for `feature`; `threads` samples at a time.
  package convenience init(shape: NetworkShape, feature: Feature, threads: Int) {
    self.init(EdgeNetwork(shape), feature: feature, threads: threads)
  }

  /// The same with a network, and threads' memory, that others use at other times.
  init(_ network: EdgeNetwork<HostKernels>, feature: Feature, threads: Int, workers: [Worker]? = nil) {
    let shape = network.shape
    self.shape = shape
    self.feature = feature
    self.network = .floats(network)
    let used = network.usedTokens(shape.inputTokens)
    let tokens = used < shape.inputTokens ? used : nil
    self.tokens = tokens
    let useful = used == 1 ? 1 : max(1, threads)
    self.workers = workers ?? (0..<useful).map { Worker($0, shape, tokens: tokens, training: false) }
  }

  /// Threads that call back.
  package var threads: Int { workers.count }

  /// Calls `body` with the place of every sample among `samples` and its logits `[positions, classes]`, which it may overwrite, by the
  /// head with these parameters; `threads` calls at a time. Throws what reading and `body` throw.
  package func forEach(
    _ samples: Samples<Task>, parameters: [Float],
    _ body: @Sendable (_ thread: Int, _ place: Int, _ logits: UnsafeMutablePointer<Float>) throws -> Void
  ) throws {
    network.prepare(parameters)
    let (network, feature, tokens) = (network, feature, tokens)
    try WorkerPool.forEach(samples.count, workers: workers) { worker, place in
      try worker.read(samples.features, samples.indices[place], feature)
      network.forward(worker, tokens: tokens)
      try body(worker.number, place, worker.logits.pointer)
    }
  }

  /// Logits `[samples, positions, classes]` of `samples`, in their order. Throws what reading throws.
  package func logits(_ samples: Samples<Task>, parameters: [Float]) throws -> [Float] {
    let count = shape.logitCount
    var result = [Float](repeating: 0, count: samples.count * count)
    try result.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let rows = buffer
      try forEach(samples, parameters: parameters) { _, place, logits in
        for j in 0..<count { rows[place * count + j] = logits[j] }
      }
    }
    return result
  }

  /// Measures the head with these parameters, none of a network of integers. Throws what reading throws.
  package func evaluate(_ samples: Samples<Task>, parameters: [Float]) throws -> Task.Evaluation {
    try Task.evaluate(self, samples, parameters)
  }
}
