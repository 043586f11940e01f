import MISTFormats

/// One tensor of a file under foreign names, and the canonical tensors it is made of.
package struct ForeignTensor: Sendable, Hashable {
  /// A part of a canonical tensor.
  struct Origin: Sendable, Hashable {
    /// The step of the conversion's plan that makes the canonical tensor.
    let step: Int
    /// How the foreign tensor becomes the canonical one; here it is undone.
    let transform: Transform
    /// Which of how many equal parts of the canonical tensor.
    let part: Int
    let parts: Int
  }

  package let info: TensorInfo
  /// One after the other. Empty for zeros that only the library's class has.
  let origins: [Origin]
}

/// What a file under a foreign convention's names will hold: the canonical steps of a conversion, and from them the tables
/// read the other way.
package struct ForeignPlan: Sendable {
  /// From the source to canonical tensors.
  package let canonical: ConversionPlan
  /// The destination's convention.
  package let convention: String
  package let title: String
  /// In the order of the file: wider elements first, then as the canonical tensors they are made of.
  package let tensors: [ForeignTensor]
  /// Tensors that the library's class has and the model has not.
  package let zeros: [TensorInfo]
  /// What the library will do otherwise, or cannot be told: sentences without a full stop.
  package let warnings: [String]
  /// What the file carries about its model.
  let carried: String
  /// Whether the weights are an `.npz` file instead of safetensors.
  package let isNPZ: Bool
  /// Files beside the weights.
  let files: [DestinationForm.File]
  /// A line of Python that opens the result.
  package let usage: String?

  /// Names of the files beside the weights.
  package var fileNames: [String] { files.map(\.name) }
  /// The canonical steps that `tensor` is made of, in order.
  package func steps(of tensor: ForeignTensor) -> [ConversionPlan.Step] {
    tensor.origins.map { canonical.steps[$0.step] }
  }

  package var byteCount: Int { tensors.reduce(0) { $0 + $1.info.byteCount } }

  /// Throws `convert.unsupported-model` for what the convention cannot express.
  init(_ conversion: Conversion, _ form: DestinationForm) throws {
    let plan = conversion.plan
    canonical = plan
    convention = form.convention.name
    title = form.convention.title
    warnings = form.warnings
    files = form.files
    usage = form.usage
    var builder = ForeignPlanBuilder(plan, form)
    var absent: [TensorInfo] = []
    for (number, step) in plan.steps.enumerated() where try builder.add(step, number) {
      try conversion.requireZeros(step, form.convention)
      absent.append(step.destination)
    }
    let made = builder.tensors
    let type = plan.steps.last?.destination.dtype ?? .f32
    zeros = form.fillers.map { TensorInfo(name: $0.name, dtype: $0.dtype ?? type, shape: $0.shape) }
    let all = made + zeros.map { ForeignTensor(info: $0, origins: []) }
    // Stable, so that every tensor is aligned to its elements and those of one canonical tensor stay together.
    tensors = all.enumerated().sorted {
      ($1.element.info.dtype.size, $0.offset) < ($0.element.info.dtype.size, $1.offset)
    }.map(\.element)
    carried = try CarriedModel(plan, absent: absent).encoded(file: plan.source)
    isNPZ = form.convention.isNPZ
  }
}

/// Collects the foreign tensors of a plan's steps.
private struct ForeignPlanBuilder {
  private let plan: ConversionPlan
  private let convention: Convention
  private let prefix: PrefixStack
  private let table: NameTable
  private(set) var tensors: [ForeignTensor] = []
  private var places: [String: Int] = [:]

  init(_ plan: ConversionPlan, _ form: DestinationForm) {
    self.plan = plan
    convention = form.convention
    prefix = PrefixStack(form.prefix, separator: form.convention.separator)
    table = NameTable(canonical: form.convention)
  }

  /// Adds what the canonical tensor of `step` becomes. Returns whether that is nothing, because it must be zero.
  mutating func add(_ step: ConversionPlan.Step, _ number: Int) throws -> Bool {
    let tensor = step.destination
    guard let (index, place) = table.row(for: tensor.name, in: plan.configuration, of: convention) else {
      throw MISTError(
        .convertUnsupportedModel, file: plan.source, at: "tensor \(quoted(tensor.name))",
        "convention \(convention.name) has no name for it")
    }
    let row = convention.rows[index]
    for (part, foreign) in row.foreign.enumerated() {
      let info = TensorInfo(
        name: (row.isBeside ? prefix.beside : prefix.text) + NamePattern.name(foreign, at: place),
        dtype: tensor.dtype,
        shape: row.transform.foreignShape(
          of: tensor.shape, parts: row.foreign.count, heads: plan.configuration.details.attentionHeads ?? 1))
      let origin = ForeignTensor.Origin(
        step: number, transform: row.transform, part: part, parts: row.foreign.count)
      try add(origin, to: info)
    }
    return row.transform == .zeros
  }

  private mutating func add(_ origin: ForeignTensor.Origin, to info: TensorInfo) throws {
    guard let place = places[info.name] else {
      places[info.name] = tensors.count
      tensors.append(ForeignTensor(info: info, origins: [origin]))
      return
    }
    guard tensors[place].info == info else {
      throw MISTError(
        .convertUnsupportedModel, file: plan.source, at: "tensor \(quoted(info.name))",
        "convention \(convention.name) makes it of several tensors, and they have different element types",
        advice: "convert the model to one type (--dtype)")
    }
    tensors[place] = ForeignTensor(info: info, origins: tensors[place].origins + [origin])
  }
}
