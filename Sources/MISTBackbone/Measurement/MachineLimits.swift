import MISTFormats
import MISTModels

/// What this machine can do at most on some threads, whatever the model.
package struct MachineLimits: Sendable {
  package struct Peak: Sendable {
    package let precision: Precision
    /// What was repeated, such as `vdpbf16ps, 512 bits`; nil where the processor has no such instruction.
    package let instruction: String?
    /// Multiply-adds between registers, two operations each, all threads together, in 10⁹ per second; nil without an instruction.
    package let gigaflops: Double?
  }

  package let threads: Int
  /// One per precision.
  package let peaks: [Peak]
  package let memory: MemoryBandwidth
  /// What the threads had of their processors meanwhile: near 1 on a machine that does nothing else.
  package let processorShare: Double

  /// Takes about a second. Throws `memory.insufficient`.
  package init(threads: Int) throws {
    self.threads = threads
    let loops = Precision.allCases.map { PeakLoop($0) }
    var rates = [[Double]](repeating: [], count: loops.count)
    let (start, used) = (ContinuousClock.now, ProcessorTime.process)
    for _ in 0..<5 {
      for (index, loop) in loops.enumerated() {
        if let loop { rates[index].append(try loop.gigaflops(threads: threads, seconds: 0.05)) }
      }
    }
    let elapsed = (ContinuousClock.now - start).seconds * Double(threads)
    processorShare = min(1, (ProcessorTime.process - used) / elapsed)
    peaks = zip(Precision.allCases, zip(loops, rates)).map { precision, measured in
      Peak(
        precision: precision, instruction: measured.0?.instruction,
        gigaflops: measured.0.map { _ in measured.1.median })
    }
    memory = try MemoryBandwidth(threads: threads)
  }
}
