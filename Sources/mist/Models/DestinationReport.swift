import MISTFormats
import MISTModels

/// The plan of a conversion to another project's names, for machines and for people.
struct DestinationReport: Encodable {
  struct Tensor: Encodable {
    /// Canonical tensors that it is made of, in order; none for zeros.
    let from: [String]
    /// The source's tensors behind them.
    let sources: [String]
    let destination: PlanReport.Tensor
  }

  let to: String
  let convention: String
  let tensors: [Tensor]
  /// Tensors of zeros that the library's class has and the model has not.
  let zeros: [String]
  /// Files written beside the weights.
  let files: [String]
  let warnings: [String]
  /// How the source is read.
  let source: PlanReport

  init(_ plan: ForeignPlan, to destination: String, _ change: DTypeChangeReport? = nil) {
    to = destination
    convention = plan.convention
    tensors = plan.tensors.map { tensor in
      let steps = plan.steps(of: tensor)
      return Tensor(
        from: steps.map(\.destination.name), sources: steps.flatMap(\.sources).map(\.name),
        destination: PlanReport.Tensor(tensor.info))
    }
    zeros = plan.zeros.map(\.name)
    files = plan.fileNames
    warnings = plan.warnings
    source = PlanReport(plan.canonical, change)
  }

  /// What will be written; with `full` every tensor.
  static func print(_ plan: ForeignPlan, full: Bool) {
    Console.line("to             \(plan.title)")
    if full {
      var table = Table([
        ("SOURCE", .left), ("CANONICAL", .left), ("DESTINATION", .left), ("DTYPE", .left), ("SHAPE", .left),
      ])
      for tensor in plan.tensors {
        let steps = plan.steps(of: tensor)
        table.add([
          steps.isEmpty ? "-" : brief(steps.flatMap(\.sources).map(\.name)),
          steps.isEmpty ? "(zeros)" : brief(steps.map(\.destination.name)), tensor.info.name,
          tensor.info.dtype.rawValue, Format.shape(tensor.info.shape),
        ])
      }
      table.print()
    }
    if !plan.zeros.isEmpty {
      Console.line(
        "zeros          \(plan.zeros.map(\.name).joined(separator: ", ")): its library has them, the model has not"
      )
    }
    if !plan.fileNames.isEmpty { Console.line("beside         \(plan.fileNames.joined(separator: ", "))") }
    Console.line("\(plan.tensors.count) tensors to write under these names, \(Format.bytes(plan.byteCount))")
  }

  private static func brief(_ names: [String]) -> String {
    names.isEmpty ? "-" : names[0] + (names.count > 1 ? " + \(names.count - 1)" : "")
  }
}
