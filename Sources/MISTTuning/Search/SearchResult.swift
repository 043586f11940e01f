/// What a search tells while it runs.
package enum SearchEvent<Task: TuningTask>: Sendable {
  /// A run begins: its number from 1, and why it is run.
  case began(number: Int, recipe: Recipe<Task>, seed: UInt64, stage: SearchStage)
  case epoch(EpochRecord)
  case ended(Trial<Task>)
}

package enum SearchStage: String, Encodable, Sendable {
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
package struct SearchResult<Task: TuningTask>: Sendable {
  package struct Entry: Encodable, Sendable {
    package let stage: SearchStage
    package let trial: Trial<Task>
    /// Of the head on a device.
    package let cost: NetworkCost
  }

  package let entries: [Entry]
  /// Index into `entries` of the choice by validation.
  package let chosen: Int
  /// The chosen recipe's heads, one per seed, in the order of the seeds.
  package let heads: [TrainedHead<Task>]
  /// Why this one, as a sentence.
  package let reason: String

  /// The head to keep: best on validation among the seeds.
  package var head: TrainedHead<Task> {
    heads.dropFirst().reduce(heads[0]) { $1.trial.isBetter(than: $0.trial) ? $1 : $0 }
  }

  /// The trial to choose among the best of families of rising complexity, and why.
  static func choose(_ trials: [Trial<Task>]) -> (place: Int, reason: String) {
    typealias Policy = Task.Policy
    var chosen = 0
    var decisive: SearchComparison<Policy.Family>?
    for (place, trial) in trials.enumerated().dropFirst() {
      let other = trials[chosen]
      let comparison = SearchComparison(
        simpler: Policy.family(of: other.recipe), complex: Policy.family(of: trial.recipe),
        gain: trial.validation.score - other.validation.score,
        error: trial.validation.standardError(against: other.validation) ?? 0)
      if comparison.isGain { chosen = place }
      if comparison.isGain || decisive == nil { decisive = comparison }
    }
    return (chosen, decisive.map(Policy.reason) ?? "best on validation")
  }
}
