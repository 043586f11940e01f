/// One point of the trade-off between what a head costs and how good it is: the best that was tried of a family on a feature.
package struct SearchChoice<Task: TuningTask>: Encodable, Sendable {
  package let recipe: Recipe<Task>
  package let cost: NetworkCost
  /// On the validation samples, and its standard error, where that is known.
  package let score: Double
  package let standardError: Double?
  /// Whether the search chose it.
  package let isChosen: Bool

  private enum CodingKeys: CodingKey { case recipe, cost, score, standardError, isChosen }
}

extension SearchResult {
  /// What could have been chosen, the least to send first.
  package var choices: [SearchChoice<Task>] {
    typealias Key = (family: Task.Policy.Family, entry: Int)
    var best: [Key] = []
    for (place, entry) in entries.enumerated() where entry.stage != .seed {
      let recipe = entry.trial.recipe
      let family = Task.Policy.family(of: recipe)
      guard
        let known = best.firstIndex(where: {
          $0.family == family && entries[$0.entry].trial.recipe.feature == recipe.feature
        })
      else {
        best.append((family, place))
        continue
      }
      if entry.trial.isBetter(than: entries[best[known].entry].trial) { best[known].entry = place }
    }
    return best.map { key in
      let (entry, chosen) = (entries[key.entry], entries[chosen].trial.recipe)
      return SearchChoice(
        recipe: entry.trial.recipe, cost: entry.cost, score: entry.trial.validation.score,
        standardError: entry.trial.validation.scoreError,
        isChosen: key.family == Task.Policy.family(of: chosen)
          && entry.trial.recipe.feature == chosen.feature)
    }
    .sorted { $0.cost.isCheaper(than: $1.cost) }
  }
}
