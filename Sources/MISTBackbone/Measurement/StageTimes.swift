/// Seconds per stage of a forward pass on one thread.
public struct StageTimes: Sendable {
  public let seconds: [(stage: ViTStage, seconds: Double)]

  /// Averages `images` passes after one that is not counted. Throws what the forward pass throws.
  public init(_ backbone: ViTBackbone, gathers: [Int], images: Int, pixels: [Float]) throws {
    let worker = try backbone.makeWorker()
    var sums: [ViTStage: Duration] = [:]
    for image in 0...max(1, images) {
      var last = ContinuousClock.now
      if image > 0 {
        worker.onStage = { stage in
          let now = ContinuousClock.now
          sums[stage, default: .zero] += now - last
          last = now
        }
      }
      try pixels.withUnsafeBufferPointer { try worker.forward($0, ViTOutputs(gathers: gathers)) { _, _ in } }
    }
    seconds = ViTStage.allCases.map { stage in
      let sum = sums[stage] ?? .zero
      let total = Double(sum.components.seconds) + Double(sum.components.attoseconds) * 1e-18
      return (stage, total / Double(max(1, images)))
    }
  }
}
