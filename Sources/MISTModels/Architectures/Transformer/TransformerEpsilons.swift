import MISTFormats

extension EpsilonInference {
  /// Epsilons of a transformer's norms.
  struct Transformer {
    var before, block, final: Float
  }

  init(_ reading: Reading, hints: [ConfigurationHints], file: String) {
    self.init(
      reading, option: hints.first(where: { $0.isOption && $0.epsilon != nil })?.epsilon,
      said: hints.first(\.epsilon)?.0,
      shown: hints.reversed().reduce(into: [:]) { shown, hint in shown.merge(hint.epsilons) { $1 } },
      file: file)
  }

  /// `before`: whether there is a norm before the first block.
  /// Throws `convert.unsupported-model` when sites that share an epsilon here have different ones.
  func run(depth: Int, before: Bool) throws -> (epsilons: Transformer, assumption: String?) {
    if let option { return (.init(before: option, block: option, final: option), nil) }
    let fallback = said ?? reading.convention.epsilon
    let blocks = (0..<depth).map { NameIndex(block: $0) }
    let norm1 = try site("blocks.{i}.norm1", blocks)
    let norm2 = try site("blocks.{i}.norm2", blocks)
    try agree(norm1, norm2)
    let final = try site("final_norm", [NameIndex()])
    let pre = before ? try site("pre_norm", [NameIndex()]) : norm1 ?? norm2
    let complete = norm1 != nil && norm2 != nil && final != nil && pre != nil
    return (
      .init(before: pre ?? fallback, block: norm1 ?? norm2 ?? fallback, final: final ?? fallback),
      complete || said != nil ? nil : assumption(fallback)
    )
  }
}
