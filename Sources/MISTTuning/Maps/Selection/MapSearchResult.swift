/// What a search for a head on maps tells while it runs.
public enum MapSearchEvent: Sendable {
  /// A run begins: its number from 1, and why it is run.
  case began(number: Int, recipe: MapRecipe, seed: UInt64, stage: SearchStage)
  case epoch(MapEpochRecord)
  case ended(MapTrial)
}

/// What was tried, in order, and what came of it.
public struct MapSearchResult: Sendable {
  public struct Entry: Codable, Sendable {
    public let stage: SearchStage
    public let trial: MapTrial
  }

  public let entries: [Entry]
  /// Index into `entries` of the choice by validation.
  public let chosen: Int
  /// The chosen recipe's heads, one per seed, in the order of the seeds.
  public let heads: [TrainedMapHead]
  /// Why this one, as a sentence.
  public let reason: String

  /// The head to keep: best on validation among the seeds.
  public var head: TrainedMapHead {
    heads.dropFirst().reduce(heads[0]) { $1.trial.isBetter(than: $0.trial) ? $1 : $0 }
  }
}

extension MapSearchResult.Entry {
  /// The entry whose head was kept among `entries` of rising complexity: a later one replaces an earlier one only if its mean IoU
  /// is larger by more than the standard error of the difference over the validation images. With few images, the best
  /// of many candidates looks better than it is. Returns the place and the reason.
  static func choose(_ trials: [MapTrial]) -> (place: Int, reason: String) {
    var (chosen, reason) = (
      0, trials.count > 1 ? "nothing more complex beats it by more than its error" : "best on validation"
    )
    for (place, trial) in trials.enumerated().dropFirst() {
      let other = trials[chosen].validation
      let gain = trial.validation.meanIoU - other.meanIoU
      let error = trial.validation.standardError(against: other) ?? 0
      if gain > error {
        reason =
          "it beats \(trials[chosen].recipe.family) by \(points(gain)) points of mean IoU on validation, the error of which is \(points(error))"
        chosen = place
      }
    }
    return (chosen, reason)
  }

  private static func points(_ fraction: Double) -> String {
    let tenths = Int((fraction * 1000).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }
}

extension MapSearchSpace.Family: CustomStringConvertible {
  /// `linear`, or `mlp after attention on every level`.
  public var description: String {
    switch lae {
    case .none: head.rawValue
    case .final: "\(head.rawValue) after attention on the last level"
    case .all: "\(head.rawValue) after attention on every level"
    }
  }
}
