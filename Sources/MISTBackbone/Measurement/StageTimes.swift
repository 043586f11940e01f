/// Seconds per part of a forward pass on one thread.
public struct StageTimes: Sendable {
  public let seconds: [(stage: String, seconds: Double)]

  /// Averages `images` passes after one that is not counted. Throws what the forward pass throws.
  public init<B: Backbone>(_ backbone: B, outputs: [B.Worker.Output], images: Int, pixels: [Float]) throws {
    let worker = try backbone.makeWorker()
    var sums: [B.Worker.Part: Duration] = [:]
    for image in 0...max(1, images) {
      var last = ContinuousClock.now
      if image > 0 {
        worker.onPart = { part in
          let now = ContinuousClock.now
          sums[part, default: .zero] += now - last
          last = now
        }
      }
      try pixels.withUnsafeBufferPointer { try worker.forward($0, outputs) { _, _ in } }
    }
    seconds = B.Worker.Part.allCases.map { part in
      let sum = sums[part] ?? .zero
      let total = Double(sum.components.seconds) + Double(sum.components.attoseconds) * 1e-18
      return (part.rawValue, total / Double(max(1, images)))
    }
  }
}
