import MISTFormats

/// An archive whose tensors have other names: what `--rename` makes of a checkpoint before it is recognised.
package struct RenamedArchive: TensorArchive {
  private let base: any TensorArchive
  private let original: [String: String]
  package let tensors: [TensorInfo]
  /// What each rule did, in order.
  package let renames: [ConversionPlan.Renaming]

  package var path: String { base.path }
  package var format: String { base.format }
  package var metadata: [String: String] { base.metadata }

  /// Applies `rules` one after another, each to the names that those before it made.
  /// Throws `convert.rename-unmatched`, `convert.duplicate-name`, and `usage` for a rule that cannot be applied.
  package init(_ base: any TensorArchive, _ rules: [RenameRule]) throws {
    let file = base.path
    var names = base.tensors.map(\.name)
    var renames: [ConversionPlan.Renaming] = []
    if let long = names.first(where: { $0.utf8.count > RepeatedPattern.maximumName }) {
      throw MISTError(
        .usage, file: file, at: "--rename",
        "a tensor's name of \(long.utf8.count) bytes is longer than the \(RepeatedPattern.maximumName) that are matched"
      )
    }
    for rule in rules {
      let made = try rule.apply(to: names)
      let place = "--rename \(quoted(rule.text))"
      let changes = zip(names, made).compactMap { old, new in new.map { (from: old, to: $0) } }
      guard !changes.isEmpty else {
        throw MISTError(
          .convertRenameUnmatched, file: file, at: place, "it matched no tensor",
          advice:
            "the pattern must match a whole name, such as \(names.first.map(quoted) ?? "one of the file's")")
      }
      if let empty = changes.first(where: { $0.to.isEmpty }) {
        throw MISTError(.usage, file: file, at: place, "it leaves nothing of the name \(quoted(empty.from))")
      }
      renames.append(.init(rule: rule.text, names: changes.map { .init(from: $0.from, to: $0.to) }))
      names = zip(names, made).map { $1 ?? $0 }
      var seen: [String: String] = [:]
      for (tensor, name) in zip(base.tensors, names) {
        if let other = seen.updateValue(tensor.name, forKey: name) {
          throw MISTError(
            .convertDuplicateName, file: file, at: place,
            "\(quoted(other)) and \(quoted(tensor.name)) are both \(quoted(name)) after it",
            advice: "make the pattern narrower")
        }
      }
    }
    self.base = base
    self.renames = renames
    tensors = zip(base.tensors, names).map { TensorInfo(name: $1, dtype: $0.dtype, shape: $0.shape) }
    original = Dictionary(
      zip(names, base.tensors.map(\.name)), uniquingKeysWith: { first, _ in first })
  }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    try base.withBytes(of: original[name] ?? name, body)
  }

  package func release(_ name: String) { base.release(original[name] ?? name) }
}
