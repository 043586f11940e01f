import MISTEdge
import MISTFormats

/// Chooses kind of head, feature, learning rate and regularisation on the validation samples.
///
/// A task's families of recipes are explored one after another, the simpler first (`SearchPolicy`). Where candidates are many, all run
/// for a part of the epochs first; the best tries variants, and the two best then run in full.
package struct Search<Task: TuningTask> {
  package let space: SearchSpace<Task>
  package let data: TrainingData<Task>
  package let seeds: [UInt64]
  package let threads: Int
  package let observe: (SearchEvent<Task>) -> Void

  package init(
    space: SearchSpace<Task>, data: TrainingData<Task>, seeds: [UInt64], threads: Int,
    observe: @escaping (SearchEvent<Task>) -> Void
  ) {
    self.space = space
    self.data = data
    self.seeds = seeds.isEmpty ? [0] : seeds
    self.threads = threads
    self.observe = observe
  }

  /// Runs everything. Throws what training throws; `training.no-feature` when nothing can be trained, or a feature is asked for
  /// that is not stored.
  package func run() throws -> SearchResult<Task> {
    let features = data.train.features
    let stored = features.stored
    for feature in space.features ?? [] where features.inputs(of: feature).isEmpty {
      throw MISTError.noFeature(feature, of: stored)
    }
    let levels = stored.first.map { features.inputs(of: $0).count } ?? 0
    var session = Session(search: self, stored: stored)
    for family in Task.Policy.families(space, levels: levels) { try session.explore(family) }
    for family in Task.Policy.families(space, levels: levels, after: session.leader) {
      try session.explore(family)
    }
    return try session.conclude()
  }

  /// The state of one search.
  private struct Session {
    typealias Policy = Task.Policy

    let search: Search
    let stored: [Feature]
    var entries: [SearchResult<Task>.Entry] = []
    /// The best head of each family so far and its entry, in the order of their complexity.
    var standings: [(head: TrainedHead<Task>, entry: Int)] = []
    /// The cheapest of the recipes that the budget leaves out, and its cost.
    var cheapest: (recipe: Recipe<Task>, cost: NetworkCost)?

    init(search: Search, stored: [Feature]) {
      self.search = search
      self.stored = stored
    }

    /// The family that would be chosen now.
    var leader: Policy.Family? {
      guard !standings.isEmpty else { return nil }
      let trials = standings.map(\.head.trial)
      return Policy.family(of: trials[SearchResult.choose(trials).place].recipe)
    }

    /// Trains a family's candidates and keeps its best.
    mutating func explore(_ family: Policy.Family) throws {
      let recipes = try affordable(search.space.candidates(family, stored: stored))
      guard let epochs = Policy.screeningEpochs(family, search.space, candidates: recipes.count) else {
        return try run(recipes, .full)
      }
      // The short runs stay candidates: a shorter schedule is a regulariser too.
      let first = entries.count
      try run(recipes.map { $0.shortened(to: epochs) }, .screening)
      try run(affordable(top(1, from: first).flatMap { Policy.variants(of: $0, search.space) }), .screening)
      let finalists = top(2, from: first).map { recipe in
        var full = recipe
        full.epochs = search.space.epochs
        return full
      }
      try run(finalists, .final)
    }

    /// Those of `recipes` that the budget allows. A network that is not possible is left to training, which says why.
    private mutating func affordable(_ recipes: [Recipe<Task>]) throws -> [Recipe<Task>] {
      guard let budget = search.space.budget else { return recipes }
      return try recipes.filter { recipe in
        let shape = try search.data.network(recipe)
        guard shape.flaw == nil else { return true }
        let cost = search.data.cost(shape, on: recipe.feature)
        guard !budget.allows(cost) else { return true }
        if cheapest.map({ cost.isCheaper(than: $0.cost) }) ?? true { cheapest = (recipe, cost) }
        return false
      }
    }

    /// Recipes of the best entries since `first`.
    private func top(_ count: Int, from first: Int) -> [Recipe<Task>] {
      entries[first...].map(\.trial).sorted { $0.isBetter(than: $1) }.prefix(count).map(\.recipe)
    }

    private mutating func run(_ recipe: Recipe<Task>, seed: UInt64, _ stage: SearchStage) throws
      -> TrainedHead<Task>
    {
      search.observe(.began(number: entries.count + 1, recipe: recipe, seed: seed, stage: stage))
      let head = try TrainingRun.run(recipe, data: search.data, seed: seed, threads: search.threads) {
        search.observe(.epoch($0))
      }
      search.observe(.ended(head.trial))
      let cost = search.data.cost(head.shape, on: recipe.feature)
      entries.append(.init(stage: stage, trial: head.trial, cost: cost))
      return head
    }

    private mutating func run(_ recipes: [Recipe<Task>], _ stage: SearchStage) throws {
      for recipe in recipes {
        let head = try run(recipe, seed: search.seeds[0], stage)
        let family = Policy.family(of: recipe)
        guard let place = standings.firstIndex(where: { Policy.family(of: $0.head.trial.recipe) == family })
        else {
          standings.append((head, entries.count - 1))
          continue
        }
        if head.trial.isBetter(than: standings[place].head.trial) {
          standings[place] = (head, entries.count - 1)
        }
      }
    }

    mutating func conclude() throws -> SearchResult<Task> {
      guard !standings.isEmpty else {
        if let (recipe, cost) = cheapest {
          throw MISTError(
            .trainingOverBudget,
            "no head is within the budget: the cheapest, \(Task.Words.choice(recipe)), takes \(cost.words)",
            advice: "raise --budget to that, or extract smaller features")
        }
        throw MISTError(
          .trainingNoFeature, Policy.nothingLeft, advice: "the features hold \(stored.labels)")
      }
      let (place, reason) = SearchResult.choose(standings.map(\.head.trial))
      let (head, entry) = standings[place]
      var heads = [head]
      for seed in search.seeds.dropFirst() { heads.append(try run(head.trial.recipe, seed: seed, .seed)) }
      return SearchResult(entries: entries, chosen: entry, heads: heads, reason: reason)
    }
  }
}
