import MISTFormats

/// One side of a comparison of weights.
package struct ComparedModel: Sendable {
  /// The tensors as they are stored.
  package let stored: any TensorArchive
  /// The same under canonical names, where the file is a model that is recognised.
  package let canonical: PlannedArchive?
  /// Such as `timm`; nil where the file is no recognised model.
  package let convention: String?
  /// What the file says of the model beside its weights: JSON paths and values.
  package let facts: [String: String]

  /// A model that can be planned. Without `knowsHeads`, its number of attention heads is a guess and no fact.
  package init(_ conversion: Conversion, knowsHeads: Bool = true) throws {
    stored = conversion.source.archive
    canonical = PlannedArchive(conversion)
    convention = conversion.plan.convention
    var facts = try Facts.of(conversion.plan.configuration)
    for (key, value) in try Facts.of(conversion.plan.preprocessing, below: "preprocessing") {
      facts[key] = value
    }
    if let names = conversion.plan.classNames { facts["classes"] = names.joined(separator: "; ") }
    if !knowsHeads { facts = facts.filter { $0.key.split(separator: ".").last != "heads" } }
    self.facts = facts
  }

  /// Anything else, with what it says about itself.
  package init(_ archive: any TensorArchive, facts: [String: String] = [:]) {
    stored = archive
    canonical = nil
    convention = nil
    self.facts = facts
  }
}
