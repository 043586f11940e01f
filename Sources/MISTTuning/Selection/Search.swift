import MISTFormats

/// What a search tells while it runs.
public enum SearchEvent: Sendable {
  /// A run begins: its number from 1, and why it is run.
  case began(number: Int, recipe: Recipe, seed: UInt64, stage: SearchStage)
  case epoch(EpochRecord)
  case ended(Trial)
}

public enum SearchStage: String, Codable, Sendable {
  /// A candidate trained in full at once.
  case full
  /// A short run that decides which candidates are trained in full.
  case screening
  /// A candidate that did well in screening.
  case final
  /// The chosen recipe with another seed.
  case seed
}

/// What was tried, in order, and what came of it.
public struct SearchResult: Sendable {
  public struct Entry: Codable, Sendable {
    public let stage: SearchStage
    public let trial: Trial
  }

  public let entries: [Entry]
  /// Index into `entries` of the choice by validation.
  public let chosen: Int
  /// The chosen recipe's heads, one per seed, in the order of the seeds.
  public let heads: [TrainedHead]
  /// Why this one, as a sentence.
  public let reason: String

  /// The head to keep: best on validation among the seeds.
  public var head: TrainedHead {
    heads.dropFirst().reduce(heads[0]) { $1.trial.isBetter(than: $0.trial) ? $1 : $0 }
  }
}

/// Chooses method, gather depth, learning rate and regularisation on the validation samples.
///
/// Linear candidates cost next to nothing and run in full. LAE candidates run for a tenth of the epochs first, with
/// regularisation; the best tries an input norm and no regularisation, and the two best then run in full. A LAE is chosen only if it beats the best linear head by
/// more than one standard error of the validation accuracy: with few validation images, the best of many candidates
/// looks better than it is.
public struct Search {
  public let space: SearchSpace
  public let data: TrainingData
  public let seeds: [UInt64]
  public let threads: Int
  public let observe: (SearchEvent) -> Void

  public init(
    space: SearchSpace, data: TrainingData, seeds: [UInt64], threads: Int,
    observe: @escaping (SearchEvent) -> Void
  ) {
    self.space = space
    self.data = data
    self.seeds = seeds.isEmpty ? [0] : seeds
    self.threads = threads
    self.observe = observe
  }

  /// Runs everything. Throws what training throws; `training.no-feature` when nothing can be trained.
  public func run() throws -> SearchResult {
    var session = Session(search: self)
    let stored = data.train.features.choices
    let linear = space.linear(stored)
    let lae = space.lae(stored)
    guard linear.count + lae.count > 0 else { throw Self.nothingToTrain(stored) }
    for recipe in linear + lae where !stored.contains(recipe.feature) {
      throw Self.missing(recipe.feature, stored)
    }
    try session.run(linear, .full)
    // With few candidates, or few epochs, screening would cost more than it saves.
    if space.style == .plain || lae.count <= 2 || space.epochs < 20 {
      try session.run(lae, .full)
    } else {
      try session.screen(lae)
    }
    return try session.conclude()
  }

  private static func nothingToTrain(_ stored: [FeatureChoice]) -> MISTError {
    MISTError(
      .trainingNoFeature, "no candidate is left: an LAE needs gathered tokens",
      advice: "the features hold \(stored.map(\.description).joined(separator: ", "))")
  }

  private static func missing(_ choice: FeatureChoice, _ stored: [FeatureChoice]) -> MISTError {
    MISTError(
      .trainingNoFeature, "the features hold no \(choice)",
      advice: "they hold \(stored.map(\.description).joined(separator: ", "))")
  }

  /// The state of one search.
  private struct Session {
    let search: Search
    var entries: [SearchResult.Entry] = []
    /// Best head so far of each method, and its entry.
    var best: [Recipe.Method: (head: TrainedHead, entry: Int)] = [:]

    @discardableResult
    mutating func run(_ recipe: Recipe, seed: UInt64, _ stage: SearchStage) throws -> TrainedHead {
      search.observe(.began(number: entries.count + 1, recipe: recipe, seed: seed, stage: stage))
      let head = try TrainingRun.run(recipe, data: search.data, seed: seed, threads: search.threads) {
        search.observe(.epoch($0))
      }
      search.observe(.ended(head.trial))
      entries.append(.init(stage: stage, trial: head.trial))
      return head
    }

    mutating func run(_ recipes: [Recipe], _ stage: SearchStage) throws {
      for recipe in recipes {
        let head = try run(recipe, seed: search.seeds[0], stage)
        if let other = best[recipe.method], !head.trial.isBetter(than: other.head.trial) { continue }
        best[recipe.method] = (head, entries.count - 1)
      }
    }

    /// Short runs, then the best in full. The short runs stay candidates: a shorter cosine is a regulariser too.
    mutating func screen(_ recipes: [Recipe]) throws {
      let epochs = max(6, search.space.epochs / 10)
      let first = entries.count
      try run(recipes.map { $0.shortened(to: epochs) }, .screening)
      try run(top(1, from: first).flatMap(search.space.variants), .screening)
      let finalists = top(2, from: first).map { recipe in
        var full = recipe
        full.epochs = search.space.epochs
        return full
      }
      try run(finalists, .final)
    }

    /// Recipes of the best entries since `first`.
    private func top(_ count: Int, from first: Int) -> [Recipe] {
      entries[first...].map(\.trial).sorted { $0.isBetter(than: $1) }.prefix(count).map(\.recipe)
    }

    mutating func conclude() throws -> SearchResult {
      let (method, reason) = choose()
      guard let (head, entry) = best[method] else { throw Search.nothingToTrain([]) }
      var heads = [head]
      for seed in search.seeds.dropFirst() { heads.append(try run(head.trial.recipe, seed: seed, .seed)) }
      return SearchResult(entries: entries, chosen: entry, heads: heads, reason: reason)
    }

    private func choose() -> (Recipe.Method, String) {
      guard let linear = best[.linear]?.head.trial else { return (.lae, "best on validation") }
      guard let lae = best[.lae]?.head.trial else { return (.linear, "best on validation") }
      // One success and one failure are added, so that a handful of samples all right or all wrong is no certainty.
      let n = Double(search.data.validation.count)
      let p = (linear.validationAccuracy * n + 1) / (n + 2)
      let error = (p * (1 - p) / (n + 2)).squareRoot()
      let gain = lae.validationAccuracy - linear.validationAccuracy
      let figures =
        "by \(Self.points(gain)) points on validation, whose standard error is \(Self.points(error))"
      return gain > error
        ? (.lae, "the best LAE beats the best linear head \(figures)")
        : (
          .linear,
          "no LAE beats the best linear head by more than one standard error: the best differs \(figures)"
        )
    }

    private static func points(_ fraction: Double) -> String {
      let tenths = Int((fraction * 1000).rounded())
      return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
  }
}
