import MISTEdge

/// A task's part of a search: what only it may choose from (its fields), and which recipes are tried in which order.
///
/// Recipes come in *families* of rising complexity. The best of a family replaces the best of a simpler one only if it is better by more
/// than the error of the difference: with few validation samples, the best of many candidates looks better than it is.
package protocol SearchPolicy: Sendable {
  associatedtype Task: TuningTask
  associatedtype Family: Hashable, Sendable

  init()

  static func family(of recipe: Recipe<Task>) -> Family
  /// What is tried first on features of `levels` maps, the simplest first.
  static func families(_ space: SearchSpace<Task>, levels: Int) -> [Family]
  /// What is tried then, when `leader` stands; nil when nothing was tried.
  static func families(_ space: SearchSpace<Task>, levels: Int, after leader: Family?) -> [Family]
  /// Recipes of a family: every feature and rate.
  static func candidates(_ family: Family, _ space: SearchSpace<Task>, stored: [Feature]) -> [Recipe<Task>]
  /// Epochs of the short runs that decide which of so many candidates are trained in full; nil to train all of them.
  static func screeningEpochs(_ family: Family, _ space: SearchSpace<Task>, candidates: Int) -> Int?
  /// What else to try of a recipe that did well in screening, as far as the user left it open.
  static func variants(of recipe: Recipe<Task>, _ space: SearchSpace<Task>) -> [Recipe<Task>]

  /// Why there is nothing to train.
  static var nothingLeft: String { get }
  /// Why the choice, as a sentence: what a more complex family came to against a simpler one.
  static func reason(_ comparison: SearchComparison<Family>) -> String
}

extension SearchPolicy {
  package static func families(_ space: SearchSpace<Task>, levels: Int, after leader: Family?) -> [Family] {
    []
  }
}

/// The best of two families against one another.
package struct SearchComparison<Family: Sendable>: Sendable {
  package let simpler: Family
  package let complex: Family
  /// The more complex one's score less the simpler one's, and the standard error of that.
  package let gain: Double
  package let error: Double

  /// Whether the more complex one replaces the simpler one.
  package var isGain: Bool { gain > error }

  /// In percentage points with a decimal.
  static func points(_ fraction: Double) -> String {
    let tenths = Int((fraction * 1000).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }
}
