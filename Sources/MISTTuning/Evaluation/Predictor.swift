import MISTEdge

/// Runs a head over stored features, samples in parallel.
public final class Predictor {
  public let shape: NetworkShape
  public let feature: FeatureChoice
  private let network: EdgeNetwork<BLASKernels>
  private let workers: [TrainingWorker]

  /// A predictor for `feature`; `threads` samples at a time.
  public init(shape: NetworkShape, feature: FeatureChoice, threads: Int) {
    self.shape = shape
    self.feature = feature
    network = EdgeNetwork(shape)
    let tokens = network.usedTokens(shape.tokens)
    let useful = tokens == 1 ? 1 : max(1, threads)
    workers = (0..<useful).map { _ in TrainingWorker(shape, tokens: tokens, training: false) }
  }

  /// Logits `[samples, classes]` of `data`, in its order, by the head with these parameters. Throws what reading throws.
  public func logits(_ data: FeatureSubset, parameters: [Float]) throws -> [Float] {
    network.prepare(parameters)
    let classes = shape.classes
    var result = [Float](repeating: 0, count: data.count * classes)
    let tokens = network.usedTokens(shape.tokens)
    let (network, workers, feature, indices) = (network, workers, feature, data.indices)
    result.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let rows = buffer
      parallel(workers.count) { thread in
        let worker = workers[thread]
        for i in stride(from: thread, to: indices.count, by: workers.count) {
          do {
            try worker.readAll(data.features, indices[i], feature)
          } catch {
            worker.failure = error
            return
          }
          network.forward(tokens: tokens, scratch: worker.scratch, into: worker.logits.pointer)
          for j in 0..<classes { rows[i * classes + j] = worker.logits.pointer[j] }
        }
      }
    }
    for worker in workers {
      if let failure = worker.failure {
        worker.failure = nil
        throw failure
      }
    }
    return result
  }
}
