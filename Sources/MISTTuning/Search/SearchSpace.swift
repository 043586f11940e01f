import MISTEdge

package enum SearchStyle: String, Sendable {
  /// Regularised candidates first, screened by short runs, best epoch kept.
  case auto
  /// As the paper's reference: Adam, no regularisation, all epochs, last one kept.
  case plain
}

/// What a search may choose from. Nil means the default list; a value the user gave is used alone. What only the task knows is read
/// and written as if it were the space's own.
@dynamicMemberLookup
package struct SearchSpace<Task: TuningTask>: Sendable {
  package var style = SearchStyle.auto
  /// Candidates for the input; by default everything the features hold (`plain`: the gathers).
  package var features: [Feature]?
  package var rates: [Float]?
  package var epochs = Task.Options.epochs
  package var batch = Task.Options.batch
  package var depth = 4
  /// Rank of the blocks; by default their function's.
  package var rank: Int?
  package var inputNorm: Bool?
  package var weightDecay: Float?
  package var dropout: Float?
  package var patience: Int?
  package var precision = TrainingPrecision.f32
  /// What a head may cost; nil for anything.
  package var budget: CostBudget?
  package var own = Task.Policy()

  package init() {}

  package subscript<Value>(dynamicMember path: WritableKeyPath<Task.Policy, Value>) -> Value {
    get { own[keyPath: path] }
    set { own[keyPath: path] = newValue }
  }

  /// A recipe on `feature` with everything that the space says; patience is a part of the epochs unless told.
  func recipe(_ feature: Feature, _ rate: Float, patience part: Int) -> Recipe<Task> {
    var recipe = Recipe<Task>()
    recipe.feature = feature
    recipe.rate = rate
    recipe.epochs = epochs
    recipe.batch = batch
    recipe.depth = depth
    recipe.rank = rank ?? recipe.rank
    recipe.inputNorm = inputNorm ?? false
    recipe.weightDecay = weightDecay ?? recipe.weightDecay
    recipe.dropout = dropout ?? 0
    recipe.precision = precision
    recipe.keep = style == .plain ? .last : .best
    recipe.patience = patience ?? (style == .plain ? 0 : max(5, epochs / part))
    return recipe
  }

  /// Recipes of a family: every feature and rate.
  package func candidates(_ family: Task.Policy.Family, stored: [Feature]) -> [Recipe<Task>] {
    Task.Policy.candidates(family, self, stored: stored)
  }
}
