import Foundation
import MISTFormats

/// Images per second of a backbone and, interleaved with it, what its matrix products alone reach on the same threads: the
/// machine's limit for this model. Machines are noisy, so the ratio is the figure to keep.
package struct ThroughputMeasurement: Sendable {
  /// Images per second, forward pass and gather.
  package let imagesPerSecond: Double
  /// Arithmetic of the matrix products per second, all threads together, inside the forward pass, in 10⁹.
  package let gigaflops: Double
  /// The same of the products alone.
  package let productGigaflops: Double
  /// Images per second if the products were all there was.
  package let limitImagesPerSecond: Double
  /// Processor time of one image, all threads together: steady where other processes take turns on the processors.
  package let processorSecondsPerImage: Double
  package let rounds: Int

  package var fractionOfLimit: Double { imagesPerSecond / limitImagesPerSecond }

  /// Runs `backbone` on `threads` threads, one image each, for about `seconds`, half of it the products alone.
  /// `pixels`: `[3, H, W]`. Throws what the forward pass throws.
  package init(
    _ backbone: any Backbone, outputs: [BackboneOutput], threads: Int, seconds: Double, pixels: [Float]
  ) throws {
    let workers = try (0..<threads).map { _ in try backbone.makeWorker(outputs) }
    let depth = workers.first?.lastBlock ?? 0
    let limits = try (0..<threads).map { _ in try backbone.productRunner(depth: depth) }
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
    var rounds = 0
    while forwardTime + limitTime < seconds || rounds < 2 {
      let before = Self.processorTime
      forwardTime += try Self.time(perRound, workers, forward)
      forwardProcessorTime += Self.processorTime - before
      limitTime += try Self.time(perRound, limits) { try $0.run() }
      productFlops += limits.reduce(0) { $0 + 2 * Double($1.multiplyAdds * perRound) }
      rounds += 1
    }
    self.rounds = rounds
    imagesPerSecond = Double(rounds * perRound * threads) / forwardTime
    processorSecondsPerImage = forwardProcessorTime / Double(rounds * perRound * threads)
    gigaflops = imagesPerSecond * flops * 1e-9
    productGigaflops = productFlops / limitTime * 1e-9
    limitImagesPerSecond = productGigaflops * 1e9 / flops
  }

  /// Processor seconds of this process so far.
  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
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
