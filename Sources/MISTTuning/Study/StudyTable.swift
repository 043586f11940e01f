import MISTEdge

/// A table of arXiv 2406.17559 that a study repeats on a feature store.
package enum StudyTable: String, CaseIterable, Sendable {
  /// Table 3: gathering and blocks, each without the other.
  case gather
  /// Table 4: what the blocks compute, four and eight of them.
  case blocks
  /// Figure 5: the gather depth.
  case depth
  /// Section 10: the input is the sum of the last n maps.
  case sideInput = "side-input"

  package var title: String {
    switch self {
    case .gather: "Table 3: gathering and blocks, each without the other"
    case .blocks: "Table 4: what the blocks compute"
    case .depth: "Figure 5: the gather depth"
    case .sideInput: "Section 10: the sum of the last n maps as input"
    }
  }

  /// What the paper says of it that is no number of a row.
  package var remark: String? {
    switch self {
    case .gather, .blocks: nil
    case .depth:
      "The paper prints no numbers: all blocks are mostly best on natural and specialised tasks, fewer on six of the structured."
    case .sideInput:
      "The paper prints n = 1, and all maps as MIST; it says that the accuracy levels off as n grows."
    }
  }
}

/// A row of a study's table.
package struct StudyRow: Sendable {
  package enum Content: Sendable {
    /// The recipes to choose from on validation: one per learning rate.
    case recipes([Recipe<Classes>])
    /// Why it cannot be run, and what to do.
    case missing(String, advice: String)
  }

  package let title: String
  /// The mean over VTAB-1k that the paper prints; nil for none.
  package let paper: String?
  package let content: Content

  /// What it trains; empty for a row that cannot be run.
  package var recipes: [Recipe<Classes>] { if case .recipes(let recipes) = content { recipes } else { [] } }
}

/// Builds rows for what a store holds.
struct StudyRows {
  let space: SearchSpace<Classes>
  let stored: [Feature]
  let grid: TokenGrid?
  /// Blocks N of the model.
  let depth: Int
  /// The gather depth of the tables that have one.
  let gather: Int

  func rows(_ table: StudyTable) -> [StudyRow] {
    switch table {
    case .gather:
      [
        row("neither", "57.6", .final, .linear), row("gather", "59.3", .gather(gather), .linear),
        row("blocks", "66.7", .block(depth), .lae), row("both", "76.7", .gather(gather), .lae),
      ]
    case .blocks:
      [
        row(.attention, 4, "76.7"), row(.attention, 8, "76.9"), row(.mlp, 4, "75.8"), row(.mlp, 8, "76.1"),
        row(.dwconv, 4, "69.8"), row(.dwconv, 8, "70.2"),
      ]
    case .depth: depths.map { row("k = \($0)", nil, .gather($0), .lae) }
    case .sideInput:
      (1...depth + 1).map {
        row("n = \($0)", $0 == 1 ? "73.1" : $0 == depth + 1 ? "76.7" : nil, .side($0), .lae)
      }
    }
  }

  /// A third, two thirds and all of the blocks, and what else is stored.
  private var depths: [Int] {
    let held = stored.compactMap { if case .gather(let k) = $0 { k } else { nil } }
    return Set(held + [depth / 3, 2 * depth / 3, depth].filter { $0 > 0 }).sorted()
  }

  private func row(_ function: BlockFunction, _ blocks: Int, _ paper: String) -> StudyRow {
    row("\(function.name), \(blocks) blocks", paper, .gather(gather), .lae, function, blocks)
  }

  private func row(
    _ title: String, _ paper: String?, _ feature: Feature, _ method: ClassOptions.Method,
    _ function: BlockFunction = .attention, _ blocks: Int? = nil
  ) -> StudyRow {
    func missing(_ problem: String, _ advice: String) -> StudyRow {
      StudyRow(title: title, paper: paper, content: .missing(problem, advice: advice))
    }
    guard feature.origin(in: stored) != nil else {
      return missing("the store holds no \(feature.label)", Self.extraction(of: feature))
    }
    if function == .dwconv {
      guard (space.pooling ?? .cls) != .cls else {
        return missing("a convolution does not reach the class token, which alone is read", "use --pool mean")
      }
      guard grid != nil else {
        return missing("it is not known how the tokens lie", "extract at a fixed size of the image")
      }
    }
    var own = space
    own.features = [feature]
    own.methods = .only(method)
    own.function = function
    own.depth = blocks ?? space.depth
    let recipes = ClassSearch.families(own, levels: 1).flatMap { own.candidates($0, stored: stored) }
    guard !recipes.isEmpty else {
      return missing("learned queries need more tokens than \(feature.label) has", "use another --pool")
    }
    return StudyRow(title: title, paper: paper, content: .recipes(recipes))
  }

  /// How a store comes to hold it.
  private static func extraction(of feature: Feature) -> String {
    switch feature {
    case .gather(let k): "extract with --gather \(k)"
    case .final: "extract without --no-final, with all blocks among --gather"
    case .layerTokens: "extract with --store layer-tokens"
    case .block, .ladder, .side: "extract with --store ladder"
    }
  }
}
