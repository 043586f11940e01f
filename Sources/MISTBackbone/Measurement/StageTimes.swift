import MISTFormats

/// Seconds per part of a forward pass on one thread.
package struct StageTimes: Sendable {
  package let seconds: [(stage: String, seconds: Double)]

  /// Averages `images` passes after one that is not counted. Throws what the forward pass throws.
  package init(
    _ backbone: any Backbone, outputs: [BackboneOutput], images: Int, pixels: [Float]
  ) throws {
    let worker = try backbone.makeWorker(outputs)
    var sums = [Duration](repeating: .zero, count: backbone.parts.count)
    for image in 0...max(1, images) {
      var last = ContinuousClock.now
      if image > 0 {
        worker.onPart = { part in
          let now = ContinuousClock.now
          sums[part] += now - last
          last = now
        }
      }
      try pixels.withUnsafeBufferPointer { try worker.forward($0) { _, _ in } }
    }
    seconds = zip(backbone.parts, sums).map { part, sum in
      (part, sum.seconds / Double(max(1, images)))
    }
  }
}
