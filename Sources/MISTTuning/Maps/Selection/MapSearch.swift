import MISTFormats

/// Chooses head, attention, feature, learning rate and regularisation on the validation images.
///
/// Heads without attention come first: linear ones in full, mlp ones for a fifth of the epochs, after which the two best run in
/// full. Then attention in front of the kind of head that did better, screened alike, with variants of the best. A more complex head
/// replaces a simpler one only if it is better by more than the standard error of their difference.
public struct MapSearch {
  public let space: MapSearchSpace
  public let data: MapTrainingData
  public let seeds: [UInt64]
  public let threads: Int
  public let observe: (MapSearchEvent) -> Void

  public init(
    space: MapSearchSpace, data: MapTrainingData, seeds: [UInt64], threads: Int,
    observe: @escaping (MapSearchEvent) -> Void
  ) {
    self.space = space
    self.data = data
    self.seeds = seeds.isEmpty ? [0] : seeds
    self.threads = threads
    self.observe = observe
  }

  /// Runs everything. Throws what training throws; `training.no-feature` when a feature is asked for that is not stored.
  public func run() throws -> MapSearchResult {
    let stored = data.train.maps.choices
    for feature in space.features ?? [] where !stored.contains(feature) {
      throw MISTError(
        .trainingNoFeature, "the features hold no \(feature)",
        advice: "they hold \(stored.map(\.description).joined(separator: ", "))")
    }
    var session = Session(search: self, stored: stored)
    let attention = space.attentionChoices(levels: data.train.maps.levels.count)
    if attention.contains(.none) {
      for head in space.headChoices { try session.explore(.init(head, .none)) }
    }
    // Attention stands in front of the better kind of head, or of every kind when nothing was tried without.
    let heads = session.standings.isEmpty ? space.headChoices : [session.leader.recipe.head]
    for lae in attention where lae != .none {
      for head in heads { try session.explore(.init(head, lae)) }
    }
    return try session.conclude()
  }

  /// The state of one search.
  private struct Session {
    let search: MapSearch
    let stored: [FeatureChoice]
    var entries: [MapSearchResult.Entry] = []
    /// The best head of each family so far and its entry, in the order of their complexity.
    var standings: [(head: TrainedMapHead, entry: Int)] = []

    init(search: MapSearch, stored: [FeatureChoice]) {
      self.search = search
      self.stored = stored
    }

    /// The trial that would be chosen now.
    var leader: MapTrial {
      let trials = standings.map(\.head.trial)
      return trials[MapSearchResult.Entry.choose(trials).place]
    }

    /// Trains a family's candidates and keeps its best.
    mutating func explore(_ family: MapSearchSpace.Family) throws {
      let space = search.space
      let recipes = space.candidates(family, stored: stored)
      let isCheap = family == MapSearchSpace.Family(.linear, .none)
      // With few candidates, or few epochs, screening would cost more than it saves.
      guard !isCheap, space.style == .auto, recipes.count > 1, space.epochs >= 15 else {
        return try run(recipes, .full, family)
      }
      let first = entries.count
      try run(recipes.map { $0.shortened(to: max(5, space.epochs / 5)) }, .screening, family)
      try run(top(1, from: first).flatMap(space.variants), .screening, family)
      let finalists = top(2, from: first).map { recipe in
        var full = recipe
        full.epochs = space.epochs
        return full
      }
      try run(finalists, .final, family)
    }

    /// Recipes of the best entries since `first`.
    private func top(_ count: Int, from first: Int) -> [MapRecipe] {
      entries[first...].map(\.trial).sorted { $0.isBetter(than: $1) }.prefix(count).map(\.recipe)
    }

    @discardableResult
    mutating func run(_ recipe: MapRecipe, seed: UInt64, _ stage: SearchStage) throws -> TrainedMapHead {
      search.observe(.began(number: entries.count + 1, recipe: recipe, seed: seed, stage: stage))
      let head = try MapTrainingRun.run(recipe, data: search.data, seed: seed, threads: search.threads) {
        search.observe(.epoch($0))
      }
      search.observe(.ended(head.trial))
      entries.append(.init(stage: stage, trial: head.trial))
      return head
    }

    private mutating func run(
      _ recipes: [MapRecipe], _ stage: SearchStage, _ family: MapSearchSpace.Family
    ) throws {
      for recipe in recipes {
        let head = try run(recipe, seed: search.seeds[0], stage)
        let place = standings.firstIndex { $0.head.trial.recipe.family == family }
        if let place {
          if head.trial.isBetter(than: standings[place].head.trial) {
            standings[place] = (head, entries.count - 1)
          }
        } else {
          standings.append((head, entries.count - 1))
        }
      }
    }

    mutating func conclude() throws -> MapSearchResult {
      guard !standings.isEmpty else {
        throw MISTError(
          .trainingNoFeature, "no candidate is left",
          advice: "the features hold \(stored.map(\.description).joined(separator: ", "))")
      }
      let (place, reason) = MapSearchResult.Entry.choose(standings.map(\.head.trial))
      let (head, entry) = standings[place]
      var heads = [head]
      for seed in search.seeds.dropFirst() { heads.append(try run(head.trial.recipe, seed: seed, .seed)) }
      return MapSearchResult(entries: entries, chosen: entry, heads: heads, reason: reason)
    }
  }
}
