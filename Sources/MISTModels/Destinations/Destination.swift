import MISTFormats

/// What `--to` names: the project whose library is to open the result. Which of its conventions that means depends on the
/// model.
package enum Destination: String, CaseIterable, Sendable {
  case timm, hf, jax, nvlabs, mmseg, canonical

  /// For people.
  package var title: String {
    switch self {
    case .timm: "timm"
    case .hf: "Hugging Face transformers"
    case .jax: "Google's vision_transformer"
    case .nvlabs: "NVlabs' SegFormer"
    case .mmseg: "mmsegmentation"
    case .canonical: "mist's own checkpoint"
    }
  }

  /// Whether its libraries open a folder of weights and JSON files.
  package var isFolder: Bool { self == .timm || self == .hf }

  /// How `plan`'s model is written for this destination; nil for mist's own checkpoint.
  /// Throws `convert.unsupported-model` for what the destination cannot express.
  func form(of plan: ConversionPlan) throws -> DestinationForm? {
    guard self != .canonical else { return nil }
    if let form = try plan.configuration.details.form(for: self, plan) { return form }
    throw unsupported("it is a \(plan.configuration.architecture.name), and \(title) has none", plan)
  }

  /// The error for a model whose classifier this destination has no place for.
  func unsupportedClassifier(_ problem: String, _ plan: ConversionPlan) -> MISTError {
    let weight = plan.steps.first { $0.destination.name == "classifier.weight" }?.sources.first?.name
    // As the source calls it: a module's name up to the last dot or slash, which its bias shares.
    let module = weight ?? "classifier."
    let end = module.lastIndex { $0 == "." || $0 == "/" }
    return unsupported(
      problem, plan,
      advice: "convert the backbone alone: --ignore '\(end.map { String(module[...$0]) } ?? "")*'")
  }

  /// The error for a model that this destination has no place for.
  func unsupported(_ problem: String, _ plan: ConversionPlan, advice: String? = nil) -> MISTError {
    MISTError(.convertUnsupportedModel, file: plan.source, at: "--to \(rawValue)", problem, advice: advice)
  }
}

/// One model under one project's names, with the files that its library wants beside the weights.
package struct DestinationForm {
  /// A tensor that the library's class has and the model has not: written as zeros.
  struct Filler {
    let name: String
    let shape: [Int]
    /// Nil for the type of the last norm.
    var dtype: DType?
  }

  /// A text file beside the weights.
  struct File {
    let name: String
    let text: String
  }

  let convention: Convention
  /// In front of the backbone's names.
  var prefix = ""
  var fillers: [Filler] = []
  var files: [File] = []
  /// What the library will compute otherwise, or cannot be told: sentences without a full stop.
  var warnings: [String] = []
  /// How to open it: a line of Python.
  var usage: String?
}
