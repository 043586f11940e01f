import MISTFormats

/// A canonical checkpoint's configuration without the parts that `--ignore` names: its decode head or its classifier, and nothing else.
struct Leaving {
  let configuration: ModelConfiguration
  let ignored: [ConversionPlan.Ignored]

  /// Throws `convert.missing-tensor` for a tensor that the rest of the model needs.
  init(out globs: [String], of checkpoint: CanonicalCheckpoint) throws {
    func glob(_ name: String) -> String? { globs.first { NamePattern.matches(name, glob: $0) } }
    func isWhole(_ module: String) -> Bool {
      let names = checkpoint.configuration.tensors.map(\.name).filter { $0.hasPrefix(module + ".") }
      return !names.isEmpty && names.allSatisfy { glob($0) != nil }
    }
    var c = checkpoint.configuration.details
    for part in type(of: c).parts where isWhole(part.rawValue) { c.remove(part) }
    configuration = ModelConfiguration(c)
    let needed = Set(configuration.tensors.map(\.name))
    ignored = try checkpoint.archive.tensors.compactMap { tensor in
      guard let glob = glob(tensor.name) else { return nil }
      guard !needed.contains(tensor.name) else {
        throw MISTError(
          .convertMissingTensor, file: checkpoint.archive.path, at: "tensor \(quoted(tensor.name))",
          "--ignore \(glob) leaves it out, and the model needs it",
          advice:
            "of a canonical checkpoint only 'classifier.*' and 'decode_head.*' can be left out, each whole")
      }
      return .init(tensor: tensor, pattern: "--ignore \(glob)")
    }
  }
}
