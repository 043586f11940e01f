import MISTEdge

/// The search for classification: linear heads, then heads with blocks (LAEs, unless another block function is named).
///
/// Linear candidates cost next to nothing and run in full, but for those whose readout attends. Those, and LAE candidates with
/// regularisation, run for a tenth of the epochs first; the best tries what it was without (regularisation, none, or an input norm), and
/// the two best then run in full.
package struct ClassSearch: SearchPolicy {
  package enum Methods: Sendable {
    /// Linear heads and heads with blocks.
    case auto
    case only(ClassOptions.Method)

    var isAuto: Bool { if case .auto = self { true } else { false } }
  }

  package var methods = Methods.auto
  package var function = BlockFunction.attention
  package var pooling = Pooling.cls
  package var labelSmoothing: Float?
  package var tokenFraction: Float?

  package init() {}

  package static func family(of recipe: Recipe<Classes>) -> ClassOptions.Method { recipe.method }

  package static func families(_ space: SearchSpace<Classes>, levels: Int) -> [ClassOptions.Method] {
    switch space.methods {
    case .auto: [.linear, .lae]
    case .only(let method): [method]
    }
  }

  package static func candidates(
    _ method: ClassOptions.Method, _ space: SearchSpace<Classes>, stored: [Feature]
  ) -> [Recipe<Classes>] {
    switch method {
    case .linear: linear(space, stored)
    case .lae: lae(space, stored)
    case .partial1, .lst, .last: bodies(method, space, stored)
    }
  }

  /// Every feature and rate. An input norm before a final norm would change nothing but the gains, and token dropout does not
  /// concern the class token.
  private static func linear(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Recipe<Classes>] {
    // The final class token is one token: nothing to attend to.
    let all =
      space.pooling.isAttentive
      ? gathers(space, stored)
      : space.features
        ?? (space.style == .plain && space.methods.isAuto ? [] : stored.filter { $0 == .final })
        + stored.filter(\.isGather)
    return all.flatMap { feature in
      (space.rates ?? [1e-3, 3e-3]).map { rate in
        var recipe = base(.linear, space, feature, rate)
        recipe.inputNorm = false
        if feature == .final { recipe.pooling = .cls }
        if !recipe.mayDropTokens { recipe.tokenFraction = 1 }
        return recipe
      }
    }
  }

  /// Every gather and rate, regularised unless told otherwise. The final class token is one token: nothing to attend to.
  private static func lae(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Recipe<Classes>] {
    gathers(space, stored).flatMap { feature in
      (space.rates ?? (space.style == .plain ? [1e-3] : [3e-4, 1e-3])).map { rate in
        var plain = base(.lae, space, feature, rate)
        if !plain.mayDropTokens { plain.tokenFraction = 1 }
        return space.style == .auto && !isTold(space) ? plain.regularised : plain
      }
    }
  }

  private static func gathers(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Feature] {
    (space.features ?? stored.filter(\.isGather)).filter { $0 != .final }
  }

  /// Whether the user said anything about regularisation.
  static func isTold(_ space: SearchSpace<Classes>) -> Bool {
    space.weightDecay != nil || space.labelSmoothing != nil || space.dropout != nil
      || space.tokenFraction != nil
  }

  static func base(
    _ method: ClassOptions.Method, _ space: SearchSpace<Classes>, _ feature: Feature, _ rate: Float
  ) -> Recipe<Classes> {
    var recipe = space.recipe(feature, rate, patience: 5)
    recipe.method = method
    recipe.function = space.function
    recipe.rank = space.rank ?? space.function.defaultRank
    recipe.depth = method == .linear ? 0 : space.depth
    recipe.pooling = space.pooling
    recipe.labelSmoothing = space.labelSmoothing ?? 0
    recipe.tokenFraction = space.tokenFraction ?? 1
    return recipe
  }

  package static func screeningEpochs(
    _ method: ClassOptions.Method, _ space: SearchSpace<Classes>, candidates: Int
  ) -> Int? {
    // With few candidates, or few epochs, screening would cost more than it saves.
    guard method != .linear || space.pooling.isAttentive, space.style == .auto, candidates > 2,
      space.epochs >= 20
    else { return nil }
    return max(6, space.epochs / 10)
  }

  package static func variants(of recipe: Recipe<Classes>, _ space: SearchSpace<Classes>) -> [Recipe<Classes>]
  {
    if recipe.method == .linear { return isTold(space) ? [] : [recipe.regularised] }
    if recipe.method.isBody { return isTold(space) ? [] : [recipe.unregularised] }
    return (space.inputNorm == nil ? [recipe.withInputNorm] : [])
      + (isTold(space) ? [] : [recipe.unregularised])
  }

  package static let nothingLeft =
    "no candidate is left: blocks and an attentive pooling need gathered tokens, partial-1 what enters the last block, lst and last "
    + "every map"

  package static func reason(_ comparison: SearchComparison<ClassOptions.Method>) -> String {
    typealias Comparison = SearchComparison<ClassOptions.Method>
    let figures =
      "by \(Comparison.points(comparison.gain)) points on validation, whose standard error is "
      + Comparison.points(comparison.error)
    return comparison.isGain
      ? "the best head with blocks beats the best linear head \(figures)"
      : "no head with blocks beats the best linear head by more than one standard error: the best differs \(figures)"
  }
}
