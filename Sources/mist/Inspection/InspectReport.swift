import MISTFormats
import MISTModels

/// What `mist inspect` finds out, for machines and for people.
struct InspectReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let dtype: String
    let shape: [Int]
    let bytes: Int
    let statistics: StatisticsReport?
  }

  /// A model that was recognised, or why none was.
  struct Model: Encodable {
    var convention: String?
    var prefix: String?
    var reason: String?
    var configuration: ModelConfiguration?
    var preprocessing: Preprocessing?
    var classes: [String]?
    var assumptions: [String]?
    var leftOut: [String]?
    /// Why it cannot be converted as it is.
    var problem: String?
  }

  let file: String
  let format: String
  /// `checkpoint`, `canonical-checkpoint`, `mist-head`, `edge-bundle`, `feature-store`, or what the file's metadata calls
  /// itself.
  let kind: String
  let metadata: [String: String]
  let tensors: [Tensor]
  let parameters: Int
  let bytes: Int
  let model: Model?
  let bundle: BundleReport?
  let store: StoreReport?
  /// Weights that are packed beforehand: the file's own, or those beside a model.
  let prepacked: [PrepackReport]?
  /// Of a head: in what the model's products were computed that made its features.
  let featurePrecision: Precision?
  /// Set where a checkpoint follows a known convention and breaks it.
  let damage: MISTError?

  private enum CodingKeys: CodingKey {
    case file, format, kind, metadata, tensors, parameters, bytes, model, bundle, store, prepacked,
      featurePrecision
  }

  /// What a checkpoint that is no model, or says too little about itself, is refused with: a finding, not damage.
  static let findings: [ErrorCode] = [
    .convertUnknownConvention, .convertUnknownHeads, .convertUnknownStrides, .convertUnsupportedModel,
    .convertUnsupportedPreprocessing,
  ]

  /// Opens what is at `path` as `InspectedFile` does, and with `statistics` reads every tensor.
  /// Throws what opening and reading throw; a model that is not recognised is a finding, not an error.
  init(path: String, verify: Bool, statistics: Bool, _ options: ConversionOptions) throws {
    let opened = try InspectedFile(path: path, verify: verify)
    let archive = opened.archive
    file = archive.path
    format = archive.format
    kind = opened.kind.name
    metadata = archive.metadata
    tensors = try archive.tensors.map {
      Tensor(
        name: $0.name, dtype: $0.dtype.rawValue, shape: $0.shape, bytes: $0.byteCount,
        statistics: statistics ? StatisticsReport(try TensorStatistics($0, in: archive)) : nil)
    }
    parameters = archive.tensors.reduce(0) { $0 + $1.count }
    bytes = archive.tensors.reduce(0) { $0 + $1.byteCount }
    var (model, bundle, store, damage): (Model?, BundleReport?, StoreReport?, MISTError?)
    var precision: Precision?
    var prepacked: [PrepackReport]?
    switch opened.kind {
    case .canonical(let checkpoint):
      model = Model(
        convention: checkpoint.provenance.convention, configuration: checkpoint.configuration,
        preprocessing: checkpoint.preprocessing, classes: checkpoint.classNames)
      prepacked = try PrepackReport.beside(checkpoint)
    case .prepacked(let file): prepacked = [PrepackReport(file)]
    case .bundle(let report): bundle = report
    case .store(let report): store = report
    case .checkpoint: (model, damage) = try Self.recognise(path, options)
    case .head(let head): precision = head.description.precision
    case .other: break
    }
    featurePrecision = precision
    self.prepacked = prepacked
    (self.model, self.bundle, self.store, self.damage) = (model, bundle, store, damage)
  }

  /// What the file would be converted to. That it is no model, or says too little about itself, is a finding.
  private static func recognise(_ path: String, _ options: ConversionOptions) throws -> (Model, MISTError?) {
    do {
      let plan = try Conversion(ModelSource(path: path), options: options).plan
      return (
        Model(
          convention: plan.convention, prefix: plan.prefix, reason: plan.reason,
          configuration: plan.configuration,
          preprocessing: plan.preprocessing, classes: plan.classNames, assumptions: plan.assumptions,
          leftOut: plan.ignored.map(\.tensor.name)), nil
      )
    } catch let error as MISTError {
      return (Model(problem: "\(error)"), findings.contains(error.code) ? nil : error)
    }
  }

  func print() {
    let hasStatistics = tensors.contains { $0.statistics != nil }
    var table = Table(
      [("TENSOR", .left), ("DTYPE", .left), ("SHAPE", .left)]
        + (hasStatistics ? StatisticsReport.columns : [("SIZE", .right)]))
    for tensor in tensors {
      table.add(
        [tensor.name, tensor.dtype, Format.shape(tensor.shape)]
          + (tensor.statistics?.cells ?? [Format.bytes(tensor.bytes)]))
    }
    table.print()
    Console.line()
    if let bundle {
      bundle.print()
      Console.line()
    }
    Console.line(
      "\(file): \(format), \(kind), \(tensors.count) tensors, \(parameters) values, \(Format.bytes(bytes))")
    if hasStatistics {
      StatisticsReport.printSummary(tensors.compactMap { t in t.statistics.map { (t.name, $0) } })
    }
    store?.print()
    if let featurePrecision, featurePrecision != .f32 {
      Console.line("features       computed in \(featurePrecision.rawValue)")
    }
    for report in prepacked ?? [] { Console.line("prepacked      \(report.text)") }
    if let model { print(model) }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      let text = value.unicodeScalars.map { $0.value < 0x20 ? " " : String($0) }.joined()
      Console.line("metadata       \(key) = \(text.count > 200 ? text.prefix(200) + "…" : text[...])")
    }
  }

  private func print(_ model: Model) {
    if let problem = model.problem { return Console.line("model          not recognised: \(problem)") }
    if let convention = model.convention {
      let below = model.prefix.map { $0.isEmpty ? "" : " below '\($0)'" } ?? ""
      Console.line("convention     \(convention)\(below)" + (model.reason.map { ", \($0)" } ?? ""))
    }
    if let configuration = model.configuration {
      ModelText.print(configuration)
    }
    if let preprocessing = model.preprocessing {
      Console.line("preprocessing  \(ModelText.describe(preprocessing))")
    }
    if let names = model.classes { Console.line("classes        \(ModelText.classes(names))") }
    for assumption in model.assumptions ?? [] { Console.line("assumed        \(assumption)") }
  }
}
