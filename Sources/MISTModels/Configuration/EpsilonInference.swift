import MISTFormats

/// Works out the epsilon of every norm site: from an option, the graph's own constants, a `config.json`, or the
/// convention's default, in this order.
struct EpsilonInference {
  private let reading: Reading
  private let hints: [ConfigurationHints]
  private let file: String
  /// Epsilons that a graph shows, by foreign module name.
  private let shown: [String: Float]

  init(_ reading: Reading, hints: [ConfigurationHints], file: String) {
    self.reading = reading
    self.hints = hints
    self.file = file
    shown = hints.reversed().reduce(into: [:]) { shown, hint in shown.merge(hint.epsilons) { $1 } }
  }

  /// Throws `convert.unsupported-model` when sites that share an epsilon here have different ones.
  func run(_ c: ViTConfiguration) throws -> (epsilons: ViTConfiguration.Epsilons, assumption: String?) {
    if let option = hints.first(where: { $0.isOption && $0.epsilon != nil })?.epsilon {
      return (.init(all: option), nil)
    }
    let said = hints.first(\.epsilon)?.0
    let fallback = said ?? reading.convention.epsilon
    let norm1 = try site("blocks.{i}.norm1", blocks: c.depth)
    let norm2 = try site("blocks.{i}.norm2", blocks: c.depth)
    if let norm1, let norm2, norm1 != norm2 {
      throw MISTError(
        .convertUnsupportedModel, file: file, at: "blocks",
        "the two norms of a block have different epsilons, \(norm1) and \(norm2), and one for both is supported"
      )
    }
    let final = try site("final_norm", blocks: nil)
    let pre = c.preNorm ? try site("pre_norm", blocks: nil) : norm1 ?? norm2
    var result = ViTConfiguration.Epsilons(all: fallback)
    result.block = norm1 ?? norm2 ?? fallback
    result.final = final ?? fallback
    result.preNorm = pre ?? fallback
    let complete = norm1 != nil && norm2 != nil && final != nil && pre != nil
    guard !complete, said == nil else { return (result, nil) }
    return (
      result,
      "a LayerNorm epsilon of \(fallback), \(reading.convention.name)'s default, where nothing else says it"
    )
  }

  /// The epsilon that the graph shows at every norm of one canonical name, nil unless it shows all.
  private func site(_ canonical: String, blocks: Int?) throws -> Float? {
    guard let foreign = reading.convention.row(canonical + ".weight")?.foreign.first else { return nil }
    let names = (blocks.map { (0..<$0).map { NamePattern.name(foreign, block: $0) } } ?? [foreign])
      .map { String($0.dropLast(".weight".count)) }
    let values = names.map { shown[reading.prefix.text + $0] ?? shown[$0] }
    let distinct = Set(values.compactMap { $0 })
    if distinct.count > 1 {
      throw MISTError(
        .convertUnsupportedModel, file: file, at: canonical,
        "the blocks' norms have different epsilons, \(distinct.sorted()), and one for all blocks is supported"
      )
    }
    return values.contains { $0 == nil } ? nil : distinct.first
  }
}
