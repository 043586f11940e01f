import MISTFormats

/// Works out the epsilon of every norm site: from an option, the graph's own constants, a `config.json`, or the
/// convention's default, in this order.
struct EpsilonInference {
  private let reading: Reading
  private let option: Float?
  /// What a `config.json` says of all norms.
  private let said: Float?
  private let file: String
  /// Epsilons that a graph shows, by foreign module name.
  private let shown: [String: Float]

  init(_ reading: Reading, option: Float?, said: Float?, shown: [String: Float], file: String) {
    self.reading = reading
    self.option = option
    self.said = said
    self.shown = shown
    self.file = file
  }

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

  /// Throws `convert.unsupported-model` when sites that share an epsilon here have different ones.
  func run(
    _ c: SegFormerConfiguration, defaults: SegFormerConfiguration.Epsilons
  ) throws -> (epsilons: SegFormerConfiguration.Epsilons, assumption: String?) {
    if let option { return (.init(all: option), nil) }
    let fallback = said.map { .init(all: $0) } ?? defaults
    let stages = c.stages.indices.map { NameIndex(stage: $0) }
    let reducing = stages.filter { c.stages[$0.stage ?? 0].reduction > 1 }
    func blocks(_ stages: [NameIndex]) -> [NameIndex] {
      stages.flatMap { index in
        (0..<c.stages[index.stage ?? 0].depth).map { NameIndex(stage: index.stage, block: $0) }
      }
    }
    let patch = try site("stages.{s}.patch_norm", stages)
    let norm1 = try site("stages.{s}.blocks.{i}.norm1", blocks(stages))
    let norm2 = try site("stages.{s}.blocks.{i}.norm2", blocks(stages))
    try agree(norm1, norm2)
    // A model without reductions has no such site.
    let reduction =
      reducing.isEmpty ? norm1 : try site("stages.{s}.blocks.{i}.attn.reduction_norm", blocks(reducing))
    let stage = try site("stages.{s}.norm", stages)
    var result = fallback
    result.patch = patch ?? fallback.patch
    result.block = norm1 ?? norm2 ?? fallback.block
    result.reduction = reduction ?? fallback.reduction
    result.stage = stage ?? fallback.stage
    let complete = [patch, norm1, norm2, reduction, stage].allSatisfy { $0 != nil }
    return (result, complete || said != nil ? nil : assumption(fallback))
  }

  private func assumption(_ e: SegFormerConfiguration.Epsilons) -> String {
    if e == .init(all: e.block) { return assumption(e.block) }
    return "LayerNorm epsilons of \(e.block) in blocks, \(e.patch) after patch embeddings, "
      + "\(e.reduction) after reductions and \(e.stage) after stages, \(reading.convention.name)'s "
      + "defaults, where nothing else says them"
  }

  private func assumption(_ epsilon: Float) -> String {
    "a LayerNorm epsilon of \(epsilon), \(reading.convention.name)'s default, where nothing else says it"
  }

  private func agree(_ norm1: Float?, _ norm2: Float?) throws {
    guard let norm1, let norm2, norm1 != norm2 else { return }
    throw MISTError(
      .convertUnsupportedModel, file: file, at: "blocks",
      "the two norms of a block have different epsilons, \(norm1) and \(norm2), and one for both is supported"
    )
  }

  /// The epsilon that the graph shows at every norm of one canonical name, nil unless it shows all.
  private func site(_ canonical: String, _ places: [NameIndex]) throws -> Float? {
    guard let foreign = reading.convention.row(canonical + ".weight")?.foreign.first else { return nil }
    let names = places.map { String(NamePattern.name(foreign, at: $0).dropLast(".weight".count)) }
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
