import MISTFormats
import MISTModels

/// A conversion plan, for machines and for people.
struct PlanReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let dtype: String
    let shape: [Int]

    init(_ info: TensorInfo) {
      name = info.name
      dtype = info.dtype.rawValue
      shape = info.shape
    }
  }

  struct Step: Encodable {
    let sources: [Tensor]
    let transform: String
    let destination: Tensor
  }

  struct Ignored: Encodable {
    let tensor: Tensor
    let pattern: String
  }

  let source: String
  let format: String
  /// What each rule of --rename did, in order.
  let renamed: [ConversionPlan.Renaming]
  let convention: String
  let prefix: String
  let reason: String
  let configuration: ModelConfiguration
  let preprocessing: Preprocessing
  let classes: [String]?
  let steps: [Step]
  let ignored: [Ignored]
  let unused: [String]
  let assumptions: [String]
  let recovered: [String]
  /// What the change of element type did, when the plan was carried out and changes it.
  let dtypeChange: DTypeChangeReport?
  /// Files of packed weights, when the plan was carried out.
  let prepacked: PrepackedModel?

  init(_ plan: ConversionPlan, _ change: DTypeChangeReport? = nil, _ packed: PrepackedModel? = nil) {
    source = plan.source
    format = plan.format
    renamed = plan.renames
    convention = plan.convention
    prefix = plan.prefix
    reason = plan.reason
    configuration = plan.configuration
    preprocessing = plan.preprocessing
    classes = plan.classNames
    steps = plan.steps.map {
      Step(
        sources: $0.sources.map(Tensor.init), transform: $0.transform.description,
        destination: Tensor($0.destination))
    }
    ignored = plan.ignored.map { Ignored(tensor: Tensor($0.tensor), pattern: $0.pattern) }
    unused = plan.unused
    assumptions = plan.assumptions
    recovered = plan.notes
    dtypeChange = change
    prepacked = packed
  }

  /// The plan's summary, and with `full` every tensor.
  static func print(_ plan: ConversionPlan, full: Bool) {
    let below = plan.prefix.isEmpty ? "" : " below '\(plan.prefix)'"
    Console.line("\(plan.source) (\(plan.format)): \(plan.title)\(below), \(plan.reason)")
    ModelText.print(plan.configuration)
    Console.line("preprocessing  \(ModelText.describe(plan.preprocessing))")
    if let names = plan.classNames { Console.line("classes        \(ModelText.classes(names))") }
    if full { printSteps(plan) }
    for rename in plan.renames {
      section(
        "renamed by '\(rename.rule)'", rename.names.map { "\($0.from)  is now  \($0.to)" }, full: full)
    }
    section("assumed", plan.assumptions, full: true)
    section("recovered names", plan.notes, full: full)
    section("left out", plan.ignored.map { "\(describe($0.tensor))  by \($0.pattern)" }, full: true)
    section("graph constants that are no parameters", plan.unused, full: full)
    Console.line(
      "\(plan.steps.count) tensors to write, \(Format.bytes(plan.byteCount)); all of the source's are mapped or left out"
    )
  }

  private static func printSteps(_ plan: ConversionPlan) {
    var table = Table([
      ("SOURCE", .left), ("TRANSFORM", .left), ("DESTINATION", .left), ("DTYPE", .left), ("SHAPE", .left),
    ])
    for step in plan.steps {
      // One line for each part; what they become stands on the first.
      let parts = step.sources.isEmpty ? ["-"] : step.sources.map(describe)
      for (number, part) in parts.enumerated() {
        let destination = step.destination
        table.add(
          number == 0
            ? [
              part, step.transform.description, destination.name, destination.dtype.rawValue,
              Format.shape(destination.shape),
            ] : [part])
      }
    }
    table.print()
  }

  private static func describe(_ tensor: TensorInfo) -> String {
    "\(tensor.name) \(tensor.dtype.rawValue) \(Format.shape(tensor.shape))"
  }

  private static func section(_ title: String, _ lines: [String], full: Bool) {
    guard !lines.isEmpty else { return }
    guard full else { return Console.line("\(title): \(lines.count) (--dry-run lists them)") }
    Console.line("\(title):")
    for line in lines { Console.line("  \(line)") }
  }
}
