import MISTEdge
import MISTFormats

/// The matrix products of a step of training, alone: what bounds its speed on this machine.
package struct StepProducts: Sendable {
  /// Of one sample, forward and backward.
  let sample: [NotedProduct]
  /// Of one step: gradients unfolded, and the new parameters folded.
  let step: [NotedProduct]

  /// Of a network of `shape` that is given every token.
  package init(_ shape: NetworkShape) {
    let network = EdgeNetwork<NotingKernels>(shape)
    let worker = Worker(0, shape, tokens: nil, training: true)
    let gradient = NetworkGradient(shape)
    let parameters = FloatBuffer(network.table.count)
    let unfolded = FloatBuffer(network.table.count)
    sample = NotingKernels.products {
      network.forward(scratch: worker.scratch, into: worker.logits.pointer)
      network.backward(dLogits: worker.logits.pointer, scratch: worker.scratch, into: gradient)
    }
    step = NotingKernels.products {
      if network.unfoldInPlace(gradient, parameters: parameters.pointer) == nil {
        network.unfold(gradient, parameters: parameters.pointer, into: unfolded.pointer)
      }
      network.prepare(parameters.pointer)
    }
  }

  /// Of one sample and its share of a step with `batch`.
  package func multiplyAdds(batch: Int) -> Double {
    Self.sum(sample) + Self.sum(step) / Double(batch)
  }

  private static func sum(_ products: [NotedProduct]) -> Double {
    Double(products.reduce(0) { $0 + $1.multiplyAdds })
  }

  /// Samples per second of the products alone in `precision`, as `Trainer` runs them: samples, and then the step's own, on `threads`
  /// threads. Takes about `seconds`. Throws `memory.insufficient`.
  package func samplesPerSecond(
    _ precision: TrainingPrecision = .f32, batch: Int, threads: Int, seconds: Double
  ) throws -> Double {
    let buffers = (0..<threads).map { _ in Operands(sample + step) }
    let start = ContinuousClock.now
    var steps = 0
    repeat {
      try WorkerPool.forEach(batch, workers: buffers) { operands, _ in operands.run(sample, precision) }
      try WorkerPool.forEach(step.count, workers: buffers) { operands, i in operands.run([step[i]], precision)
      }
      steps += 1
    } while (ContinuousClock.now - start).seconds < seconds
    return Double(steps * batch) / (ContinuousClock.now - start).seconds
  }
}

/// Operands of any of some products, which are never read for anything else. Owned by one thread.
private final class Operands: @unchecked Sendable {
  private let a: FloatBuffer
  private let b: FloatBuffer
  private let c: FloatBuffer

  init(_ products: [NotedProduct]) {
    a = FloatBuffer(products.map(\.countA).max() ?? 0)
    b = FloatBuffer(products.map(\.countB).max() ?? 0)
    c = FloatBuffer(products.map(\.countC).max() ?? 0)
  }

  func run(_ products: [NotedProduct], _ precision: TrainingPrecision) {
    switch precision {
    case .f32: run(products, HostKernels.self)
    case .bf16: run(products, BF16Kernels.self)
    }
  }

  private func run<K: EdgeKernels>(_ products: [NotedProduct], _ kernels: K.Type) {
    for p in products {
      K.gemm(
        transposeA: p.transposeA, transposeB: p.transposeB, m: p.m, n: p.n, k: p.k, alpha: 1, a: a.pointer,
        lda: p.lda, b: b.pointer, ldb: p.ldb, beta: p.accumulates ? 1 : 0, c: c.pointer, ldc: p.ldc)
    }
  }
}
