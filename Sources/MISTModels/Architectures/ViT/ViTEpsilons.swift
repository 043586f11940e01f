import MISTFormats

extension EpsilonInference {
  init(_ reading: Reading, hints: [ConfigurationHints], file: String) {
    self.init(
      reading, option: hints.first(where: { $0.isOption && $0.epsilon != nil })?.epsilon,
      said: hints.first(\.epsilon)?.0,
      shown: hints.reversed().reduce(into: [:]) { shown, hint in shown.merge(hint.epsilons) { $1 } },
      file: file)
  }

  /// Throws `convert.unsupported-model` when sites that share an epsilon here have different ones.
  func run(_ c: ViTConfiguration) throws -> (epsilons: ViTConfiguration.Epsilons, assumption: String?) {
    if let option { return (.init(all: option), nil) }
    let fallback = said ?? reading.convention.epsilon
    let blocks = (0..<c.depth).map { NameIndex(block: $0) }
    let norm1 = try site("blocks.{i}.norm1", blocks)
    let norm2 = try site("blocks.{i}.norm2", blocks)
    try agree(norm1, norm2)
    let final = try site("final_norm", [NameIndex()])
    let pre = c.preNorm ? try site("pre_norm", [NameIndex()]) : norm1 ?? norm2
    var result = ViTConfiguration.Epsilons(all: fallback)
    result.block = norm1 ?? norm2 ?? fallback
    result.final = final ?? fallback
    result.preNorm = pre ?? fallback
    let complete = norm1 != nil && norm2 != nil && final != nil && pre != nil
    return (result, complete || said != nil ? nil : assumption(fallback))
  }
}
