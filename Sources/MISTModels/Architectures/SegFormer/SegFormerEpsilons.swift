extension EpsilonInference {
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
}
