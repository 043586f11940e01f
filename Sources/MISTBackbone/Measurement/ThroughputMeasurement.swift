import MISTFormats
import MISTModels

/// Images per second of a backbone and, interleaved with it, what bounds them on the same threads: its matrix products alone, and
/// multiply-adds between registers. Machines are noisy, so the ratios are the figures to keep.
package struct ThroughputMeasurement: Sendable {
  /// Images per second, forward pass and gather.
  package let imagesPerSecond: Double
  /// Arithmetic of the matrix products per second, all threads together, inside the forward pass, in 10⁹.
  package let gigaflops: Double
  /// The same of the products alone.
  package let productGigaflops: Double
  /// Images per second if the products were all there was.
  package let limitImagesPerSecond: Double
  /// Multiply-adds between registers, two operations each, in 10⁹; nil where the processor has no instruction for the precision.
  package let peakGigaflops: Double?
  /// Of the products' weights of one image.
  package let weights: Int
  /// Processor time of one image, all threads together: steady where other processes take turns on the processors.
  package let processorSecondsPerImage: Double
  package let rounds: Int

  package var fractionOfLimit: Double { imagesPerSecond / limitImagesPerSecond }
  package var fractionOfPeak: Double? { peakGigaflops.map { gigaflops / $0 } }
  /// Images per second if every product ran as the processor's multiply-adds do.
  package var peakImagesPerSecond: Double? { fractionOfPeak.map { imagesPerSecond / $0 } }

  /// Images per second if every weight in `precision` were read once for each of them, and that were all.
  package func memoryImagesPerSecond(_ memory: MemoryBandwidth, _ precision: Precision) -> Double {
    let bytes = Double(weights * precision.weightBytes)
    return bytes > 0 ? memory.read * 1e9 / bytes : .infinity
  }

  /// Runs `backbone` on `threads` threads, one image each, for about `seconds`, half of it the products alone. `pixels`: `[3, H, W]`.
  /// Throws what the forward pass throws.
  package init(
    _ backbone: any Backbone, outputs: [BackboneOutput], threads: Int, seconds: Double, pixels: [Float]
  ) throws {
    let workers = try (0..<threads).map { _ in try backbone.makeWorker(outputs) }
    let depth = workers.first?.lastBlock ?? 0
    let limits = try (0..<threads).map { _ in try backbone.productRunner(depth: depth) }
    weights = backbone.parts.indices.reduce(0) { $0 + backbone.work(of: $1, depth: depth).weights }
    let peak = PeakLoop(backbone.kernels.precision)
    let flops = 2 * Double(backbone.multiplyAdds(depth: depth))
    let forward = { (worker: any BackboneWorker) in
      try pixels.withUnsafeBufferPointer { try worker.forward($0) { _, _ in } }
    }
    // Warm caches and pages, and learn how many images a round of a quarter of a second takes.
    _ = try Self.time(1, workers, forward)
    _ = try Self.time(1, limits) { try $0.run() }
    let once = try Self.time(1, workers, forward)
    let perRound = max(1, Int(0.25 / once))
    var forwardTime = 0.0
    var forwardProcessorTime = 0.0
    var limitTime = 0.0
    var productFlops = 0.0
    var peaks: [Double] = []
    var rounds = 0
    while forwardTime + limitTime < seconds || rounds < 2 {
      let before = ProcessorTime.process
      forwardTime += try Self.time(perRound, workers, forward)
      forwardProcessorTime += ProcessorTime.process - before
      limitTime += try Self.time(perRound, limits) { try $0.run() }
      productFlops += limits.reduce(0) { $0 + 2 * Double($1.multiplyAdds * perRound) }
      if let peak { peaks.append(try peak.gigaflops(threads: threads, seconds: 0.02)) }
      rounds += 1
    }
    self.rounds = rounds
    peakGigaflops = peaks.isEmpty ? nil : peaks.mean
    imagesPerSecond = Double(rounds * perRound * threads) / forwardTime
    processorSecondsPerImage = forwardProcessorTime / Double(rounds * perRound * threads)
    gigaflops = imagesPerSecond * flops * 1e-9
    productGigaflops = productFlops / limitTime * 1e-9
    limitImagesPerSecond = productGigaflops * 1e9 / flops
  }

  /// Seconds that every worker takes to run `body` `count` times, all at once.
  private static func time<Worker>(
    _ count: Int, _ workers: [Worker], _ body: (Worker) throws -> Void
  ) throws -> Double {
    nonisolated(unsafe) let body = body
    let start = ContinuousClock.now
    try WorkerPool.forEach(workers.count, workers: workers) { worker, _ in
      for _ in 0..<count { try body(worker) }
    }
    return (ContinuousClock.now - start).seconds
  }
}

extension Precision {
  /// Of a weight as products read it.
  fileprivate var weightBytes: Int {
    switch self {
    case .f32: 4
    case .bf16: 2
    case .int8: 1
    }
  }
}
