import MISTModels

/// A part of a forward pass on one thread, beside what bounds it; all in the thread's processor time.
package struct StageTime: Sendable {
  package let name: String
  /// Of one image.
  package let seconds: Double
  /// Of matrix products and convolutions, of one image; 0 for parts without.
  package let multiplyAdds: Int
  /// What its linear products take alone; nil for parts without.
  package let productSeconds: Double?
  /// Of the processor's multiply-adds between registers; nil for parts without products, and where there is no instruction.
  package let fractionOfPeak: Double?

  /// Arithmetic of its products per second, in 10⁹; nil for parts without.
  package var gigaflops: Double? { multiplyAdds > 0 ? 2e-9 * Double(multiplyAdds) / seconds : nil }
}

/// Processor seconds per part of a forward pass on one thread.
package struct StageTimes: Sendable {
  package let parts: [StageTime]

  /// Averages `images` passes after one that is not counted, in turns with each part's products alone and the processor's peak.
  /// Throws what the forward pass throws.
  package init(
    _ backbone: any Backbone, outputs: [BackboneOutput], images: Int, pixels: [Float]
  ) throws {
    let worker = try backbone.makeWorker(outputs)
    let work = backbone.parts.indices.map { backbone.work(of: $0, depth: worker.lastBlock) }
    let runners = try work.map { try ProductRunner($0.products, kernels: backbone.kernels) }
    let peak = PeakLoop(backbone.kernels.precision)
    var sums = [Double](repeating: 0, count: work.count)
    var alone = sums
    var peaks: [Double] = []
    for image in 0...max(1, images) {
      var last = ProcessorTime.thread
      if image > 0 {
        worker.onPart = { part in
          let now = ProcessorTime.thread
          sums[part] += now - last
          last = now
        }
      }
      try pixels.withUnsafeBufferPointer { try worker.forward($0) { _, _ in } }
      for (part, runner) in runners.enumerated() {
        let start = ProcessorTime.thread
        try runner.run()
        if image > 0 { alone[part] += ProcessorTime.thread - start }
      }
      if image > 0, let peak { peaks.append(peak.gigaflopsOfThread(seconds: 0.02)) }
    }
    let count = Double(max(1, images))
    parts = zip(backbone.parts, work).enumerated().map { index, part in
      let seconds = sums[index] / count
      let operations = 2e-9 * Double(part.1.multiplyAdds)
      return StageTime(
        name: part.0, seconds: seconds, multiplyAdds: part.1.multiplyAdds,
        productSeconds: part.1.products.isEmpty ? nil : alone[index] / count,
        fractionOfPeak: operations > 0 && !peaks.isEmpty ? operations / seconds / peaks.mean : nil)
    }
  }
}
