import MISTBackbone
import MISTModels

extension PrecisionDecision {
  /// What `request` comes to where `checkpoint` is compared with `golden`, whose own inputs `auto` measures on.
  /// Throws the golden's errors, and what opening and running models throws.
  package init(
    _ request: PrecisionRequest, verifying checkpoint: CanonicalCheckpoint, _ golden: GoldenFile,
    backend: ProductBackend
  ) throws {
    let outputs = try Verification.outputs(of: checkpoint, golden)
    let family = ModelPrecisions(
      checkpoint, imageSize: golden.imageSize, outputs: outputs, backend: backend)
    let inputs = MeasuredInputs(count: golden.batch) { number in
      let all = try golden.floats("input")
      let size = all.count / golden.batch
      return Array(all[number * size..<(number + 1) * size])
    }
    try self.init(request, family, outputs: outputs, on: inputs)
  }
}
