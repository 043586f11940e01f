import MISTFormats
import MISTLimits
import MISTModels

/// The processor's multiply-adds in one precision: a loop between registers that does nothing else.
package struct PeakLoop: Sendable {
  package let precision: Precision
  /// What it repeats, such as `vfmadd231ps, 512 bits`.
  package let instruction: String
  private let limit: mist_limit
  /// Steps of a burst: a few milliseconds, also where nothing is optimised.
  #if DEBUG
    private static let burst = 1 << 12
  #else
    private static let burst = 1 << 18
  #endif

  /// Nil where the processor has no instruction for `precision`.
  package init?(_ precision: Precision) {
    limit = Self.limit(precision)
    guard let instruction = mist_limit_instruction(limit) else { return nil }
    self.precision = precision
    self.instruction = String(cString: instruction)
  }

  /// The instruction that is looked for, such as `vdpbf16ps`.
  package static func wanted(_ precision: Precision) -> String {
    String(cString: mist_limit_wanted(limit(precision)))
  }

  private static func limit(_ precision: Precision) -> mist_limit {
    switch precision {
    case .f32: MIST_LIMIT_F32
    case .bf16: MIST_LIMIT_BF16
    case .int8: MIST_LIMIT_INT8
    }
  }

  /// Operations per second of `threads` threads at once, in 10⁹, two for each multiply-add; takes about `seconds`.
  package func gigaflops(threads: Int, seconds: Double) throws -> Double {
    let one = try time(1, threads: threads)
    let bursts = max(1, Int(seconds / one))
    let operations = 2 * threads * bursts * Self.burst * mist_limit_step(limit)
    return Double(operations) / (try time(bursts, threads: threads)) * 1e-9
  }

  /// The same of the calling thread, of the processor time that it had; takes about `seconds` of it.
  func gigaflopsOfThread(seconds: Double) -> Double {
    let start = ProcessorTime.thread
    var bursts = 0
    repeat {
      _ = mist_limit_run(limit, Self.burst)
      bursts += 1
    } while ProcessorTime.thread - start < seconds
    return Double(2 * bursts * Self.burst * mist_limit_step(limit)) / (ProcessorTime.thread - start) * 1e-9
  }

  private func time(_ bursts: Int, threads: Int) throws -> Double {
    let start = ContinuousClock.now
    try WorkerPool.run(threads) { _ in
      for _ in 0..<bursts { _ = mist_limit_run(limit, Self.burst) }
    }
    return (ContinuousClock.now - start).seconds
  }
}
