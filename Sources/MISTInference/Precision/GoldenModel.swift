import MISTBackbone
import MISTFeatures
import MISTModels

/// A model that is compared with a golden file, in the precision that was asked for.
package struct GoldenModel {
  package let decision: PrecisionDecision
  private let golden: GoldenFile
  private let family: ModelPrecisions

  /// `auto` measures on the golden's own inputs. Throws the golden's errors, and what opening and running models throws.
  package init(
    _ checkpoint: CanonicalCheckpoint, _ golden: GoldenFile, backend: ProductBackend?,
    precision: PrecisionRequest, calibration: CalibrationFolder? = nil
  ) throws {
    let outputs = try Verification.outputs(of: checkpoint, golden)
    family = ModelPrecisions(
      checkpoint, imageSize: golden.imageSize, outputs: outputs, backend: backend)
    let inputs = MeasuredInputs(count: golden.batch) { number in
      let all = try golden.floats("input")
      let size = all.count / golden.batch
      return Array(all[number * size..<(number + 1) * size])
    }
    decision = try PrecisionDecision(
      precision, family, outputs: outputs, on: inputs,
      calibration: calibration.map {
        try CalibratedInputs($0, checkpoint.preprocessing, golden.imageSize)
      })
    self.golden = golden
  }

  /// What nobody should overlook, a sentence each.
  package var notes: [String] {
    get throws { try [decision.note, family.note(on: decision.precision)].compactMap(\.self) }
  }

  /// Compares the model with the golden. Throws as `Verification` does.
  package func verify(tolerance: Double?) throws -> Verification {
    try Verification(
      checkpoint: family.checkpoint, golden: golden, tolerance: tolerance, precision: decision.precision,
      opened: decision.open(family))
  }
}
