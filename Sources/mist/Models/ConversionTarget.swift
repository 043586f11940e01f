import MISTFormats
import MISTModels

/// Where a conversion's result goes, and in which convention: `--to` and `-o`.
struct ConversionTarget {
  let destination: Destination
  let output: String?

  /// Throws `usage` for an unknown destination.
  init(to name: String, output: String?) throws {
    guard let destination = Destination(rawValue: name) else {
      let known = Destination.allCases.map(\.rawValue).joined(separator: ", ")
      throw MISTError(.usage, at: "--to", "expected one of \(known), found '\(name)'")
    }
    self.destination = destination
    self.output = output
  }

  /// Whether `output` becomes a folder; otherwise it is the weights alone.
  func isFolder(_ output: String) -> Bool { destination.isFolder && !output.hasSuffix(".safetensors") }

  /// Writes `plan`'s file, or its folder, and says what became of it.
  func write(
    _ conversion: Conversion, _ plan: ForeignPlan, to output: String, progress: (Int, Int) -> Void
  ) throws -> Conversion.Outcome {
    isFolder(output)
      ? try conversion.write(plan, toFolder: output, progress: progress)
      : try conversion.write(plan, to: output, progress: progress)
  }
}
