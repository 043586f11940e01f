import ArgumentParser
import Foundation
import MISTBackbone
import MISTFormats
import MISTInference
import MISTModels

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare a converted model's activations with another implementation's.",
    discussion: """
      The golden file is safetensors with 'input' [B, 3, H, W] and activations, run at the size of 'input'.
      A ViT's are F0 … FN (what enters the first block, and the residual stream after each), gather_k<k> (their sum up to
      k) and final_norm, each [B, T, C], and a classifier's logits [B, K]. A SegFormer's are F0 … FN, stage1 … stage4 (after the stage's norm),
      A<level>_k<k> (the stage-downsampled sums) and logits, each [B, H, W, C], or [B, C, H, W] as PyTorch has maps. Errors are relative to a tensor's largest
      magnitude. Exit status 65 when one is over the tolerance.

      Example:
        mist verify vit.safetensors --golden golden.safetensors
      """)

  @Argument(help: "A converted model.")
  var model: String

  @Option(help: "The file with the expected activations.")
  var golden: String

  @Option(
    help:
      "Largest relative error; by default 1e-4 for f32 weights, 5e-3 for f16, 4e-2 for bf16, and at least 2e-2 for products in bf16, 0.1 in int8."
  )
  var tolerance: Double?

  @OptionGroup
  var precision: PrecisionArgument

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  func validate() throws {
    if let tolerance, !(tolerance > 0) { throw ValidationError("--tolerance must be a positive number.") }
  }

  func run() throws {
    let file = try GoldenFile(path: golden)
    let checkpoint = try CanonicalCheckpoint.open(model)
    let model = try GoldenModel(
      checkpoint, file, backend: precision.backend, precision: precision.precision,
      calibration: precision.folder())
    for note in try model.notes { Console.note(note) }
    let result = try model.verify(tolerance: tolerance)
    if json {
      try Console.json(Report(result, model.decision))
    } else {
      print(result, images: file.batch)
    }
    if !result.passed { throw ExitCode(ExitStatus.badData.rawValue) }
  }

  private func print(_ result: Verification, images: Int) {
    for name in result.skipped { Console.note("skipped '\(name)': not a name that verify knows") }
    var table = Table([
      ("tensor", .left), ("max abs error", .right), ("relative", .right), ("largest", .right),
      ("verdict", .left),
    ])
    for c in result.comparisons {
      table.add([
        c.name, Format.scientific(c.maxAbsoluteError), Format.scientific(c.relativeError),
        Format.scientific(c.largestMagnitude), c.passed ? "ok" : "DIVERGES",
      ])
    }
    table.print()
    let tolerance = Format.scientific(result.tolerance)
    if let first = result.firstDivergent {
      Console.line("first divergence: \(first.name), \(first.place) (tolerance \(tolerance))")
    } else {
      Console.line("\(result.comparisons.count) tensors of \(images) images agree within \(tolerance)")
    }
  }

  private struct Report: Encodable {
    let passed: Bool
    let tolerance: Double
    let firstDivergent: String?
    let tensors: [TensorComparison]
    let skipped: [String]
    /// In what the products were computed, and how that was chosen, where it was measured.
    let precision: Precision
    let precisionChoice: PrecisionChoice?

    init(_ result: Verification, _ decision: PrecisionDecision) {
      (precision, precisionChoice) = (decision.precision, decision.choice)
      passed = result.passed
      tolerance = result.tolerance
      firstDivergent = result.firstDivergent?.name
      tensors = result.comparisons
      skipped = result.skipped
    }
  }
}
