/// What a forward pass over stages gives, prepared once.
struct MapPlan: Sendable {
  /// A gather depth `k`.
  struct Budget: Sendable {
    let k: Int
    /// The coarsest level asked for.
    var level: Int
    /// The outputs that each level's map is, finest first.
    var outputs: [[Int]]
  }

  let outputs: [BackboneOutput]
  let lastBlock: Int
  /// In order of depth.
  let budgets: [Budget]
  /// The outputs that are the residual stream, by depth.
  let blocks: [[Int]]
  /// The outputs that are the mean of that, by depth.
  let layers: [[Int]]
  /// The outputs that are a stage's map after its norm.
  let stages: [[Int]]
  /// The outputs that are the mean of the last stage's positions, and the scores.
  let means: [Int]
  let logits: [Int]
  /// Stages whose norm runs whether or not another stage follows.
  let needsNorm: [Bool]

  /// Throws `backbone.depth` and `backbone.architecture`.
  init(_ outputs: [BackboneOutput], _ catalog: SegFormerCatalog) throws {
    let count = catalog.configuration.stages.count
    var budgets: [Int: Budget] = [:]
    var blocks = [[Int]](repeating: [], count: catalog.configuration.depth + 1)
    var layers = blocks
    var stages = [[Int]](repeating: [], count: count)
    var (means, logits): ([Int], [Int]) = ([], [])
    for (index, output) in outputs.enumerated() {
      try catalog.check(output)
      switch output {
      case .logits: logits.append(index)
      case .layer(let k): layers[k].append(index)
      case .finalTokens: stages[count - 1].append(index)
      case .feature(let key):
        switch key.feature {
        case .block(let k): blocks[k].append(index)
        case .final: if let level = key.level { stages[level - 1].append(index) } else { means.append(index) }
        case .layerTokens, .ladder, .side: break
        case .gather(let k):
          let level = key.level ?? count
          var budget = budgets[k] ?? Budget(k: k, level: level, outputs: .init(repeating: [], count: count))
          budget.level = max(budget.level, level)
          budget.outputs[level - 1].append(index)
          budgets[k] = budget
        }
      }
    }
    self.outputs = outputs
    lastBlock = outputs.map(catalog.lastBlock).max() ?? 0
    self.budgets = budgets.values.sorted { $0.k < $1.k }
    (self.blocks, self.layers, self.stages) = (blocks, layers, stages)
    (self.means, self.logits) = (means, logits)
    needsNorm = stages.indices.map { index in
      !stages[index].isEmpty || !logits.isEmpty || index == count - 1 && !means.isEmpty
    }
  }
}
