import ArgumentParser
import MISTBackbone
import MISTFeatures
import MISTInference

extension PrecisionRequest: ExpressibleByArgument {}
extension ProductBackend: ExpressibleByArgument {}

/// In what a verb computes the products of a model, and by what.
struct PrecisionArgument: ParsableArguments {
  @Option(
    help:
      "In what matrix products are computed: f32, bf16, int8, or auto, the fastest that the processor has instructions for and whose error, measured on a few images, is within a bound. bf16 and int8 fall back to f32 without such instructions."
  )
  var precision: PrecisionRequest = .f32

  @Option(
    help:
      "Library for matrix products in f32: onednn, packed (the suite's own kernels) or openblas; by default the fastest here. In bf16 and int8 the suite's own kernels multiply, so --precision bf16, int8 and auto refuse other libraries."
  )
  var backend: ProductBackend?

  @Option(
    help: ArgumentHelp(
      "With --precision int8: a folder of images by which its products are prepared; at most \(CalibrationFolder.largestCount) are used.",
      valueName: "dir"))
  var calibrate: String?

  func validate() throws {
    guard calibrate == nil || precision == .int8 else {
      throw ValidationError("--calibrate is used by --precision int8.")
    }
  }

  /// Names of the options that were given.
  var given: [String] {
    (precision == .f32 ? [] : ["precision"]) + (backend == nil ? [] : ["backend"])
      + (calibrate == nil ? [] : ["calibrate"])
  }

  /// The folder to calibrate by. Throws what listing and reading its images throws, and `calibration.no-images`.
  func folder() throws -> CalibrationFolder? { try calibrate.map { try CalibrationFolder($0) } }
}
