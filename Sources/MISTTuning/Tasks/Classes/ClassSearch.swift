import MISTEdge

/// The search for classification: linear heads, those on layer tokens where they are stored, attention to these, then heads with blocks
/// (LAEs, unless another block function is named).
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
  /// Nil for what goes with each feature: the class token of most, every one of the layer tokens.
  package var pooling: Pooling?
  package var labelSmoothing: Float?
  package var tokenFraction: Float?

  package init() {}

  package static func family(of recipe: Recipe<Classes>) -> ClassFamily {
    guard recipe.method == .linear else { return .method(recipe.method) }
    return recipe.pooling == .concat ? .concat : recipe.pooling.isAttentive ? .attentive : .linear
  }

  package static func families(_ space: SearchSpace<Classes>, levels: Int) -> [ClassFamily] {
    let linear: [ClassFamily] =
      switch space.pooling {
      case nil: space.methods.isAuto ? [.linear, .concat, .attentive] : [.linear, .concat]
      case .concat: [.concat]
      case .attentive: [.attentive]
      case .cls, .mean: [.linear]
      }
    return switch space.methods {
    case .auto: space.pooling == .concat ? linear : linear + [.method(.lae)]
    case .only(.linear): linear
    case .only(let method): [.method(method)]
    }
  }

  package static func candidates(
    _ family: ClassFamily, _ space: SearchSpace<Classes>, stored: [Feature]
  ) -> [Recipe<Classes>] {
    switch family {
    case .linear: linear(space, stored)
    case .concat: concat(space, stored)
    case .attentive: attentive(space, stored)
    case .method(.lae), .method(.linear): lae(space, stored)
    case .method(let method): bodies(method, space, stored)
    }
  }

  /// Every feature and rate. An input norm before a final norm would change nothing but the gains, and token dropout does not
  /// concern the class token.
  private static func linear(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Recipe<Classes>] {
    let all =
      space.features
      ?? (isPlain(space) ? [] : stored.filter { $0 == .final }) + stored.filter(\.isGather)
    // The first of the layer tokens says nothing of an image; their mean may.
    let read = all.filter { $0 != .layerTokens || space.pooling == .mean }
    return probes(space, read, space.pooling ?? .cls, rates: [1e-3, 3e-3])
  }

  /// Layer tokens, each with weights of its own: weight decay restrains what a few hundred images cannot
  /// tell apart.
  private static func concat(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Recipe<Classes>] {
    probes(space, layerTokens(space, stored), .concat, rates: [3e-4, 1e-3]).map {
      var recipe = $0
      if space.style == .auto, !isTold(space) { recipe.weightDecay = 0.5 }
      return recipe
    }
  }

  /// Layer tokens, and where it is named, every gather. The final class token is one token: nothing to attend to.
  private static func attentive(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Recipe<Classes>] {
    let gathers = space.pooling == nil ? [] : gathers(space, stored)
    return probes(
      space, gathers + layerTokens(space, stored), space.pooling ?? .attentive(AttentiveShape()),
      rates: [1e-3, 3e-3])
  }

  private static func probes(
    _ space: SearchSpace<Classes>, _ features: [Feature], _ pooling: Pooling, rates: [Float]
  ) -> [Recipe<Classes>] {
    features.flatMap { feature in
      (space.rates ?? rates).map { rate in
        var recipe = base(.linear, space, feature, rate)
        recipe.inputNorm = false
        recipe.pooling = feature == .final ? .cls : pooling
        if !recipe.mayDropTokens { recipe.tokenFraction = 1 }
        return recipe
      }
    }
  }

  /// Every gather, the layer tokens, and every rate, regularised unless told otherwise. The final class token is one token: nothing to
  /// attend to.
  private static func lae(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Recipe<Classes>] {
    // The first of the layer tokens is no image's, behind blocks too: queries read them, unless their mean is asked for.
    let layers = space.pooling == .cls || space.function == .dwconv ? [] : layerTokens(space, stored)
    return (gathers(space, stored) + layers).flatMap { feature in
      (space.rates ?? (space.style == .plain ? [1e-3] : [3e-4, 1e-3])).map { rate in
        var plain = base(.lae, space, feature, rate)
        if feature == .layerTokens, space.pooling == nil { plain.pooling = .attentive(AttentiveShape()) }
        if !plain.mayDropTokens { plain.tokenFraction = 1 }
        return space.style == .auto && !isTold(space) ? plain.regularised : plain
      }
    }
  }

  /// Tokens to attend to, but for those of layers.
  private static func gathers(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Feature] {
    (space.features ?? stored.filter(\.isGather)).filter { $0 != .final && $0 != .layerTokens }
  }

  private static func layerTokens(_ space: SearchSpace<Classes>, _ stored: [Feature]) -> [Feature] {
    (space.features ?? (isPlain(space) ? [] : stored)).filter { $0 == .layerTokens }
  }

  /// Whether the paper's own candidates are asked for, and no others.
  private static func isPlain(_ space: SearchSpace<Classes>) -> Bool {
    space.style == .plain && space.methods.isAuto
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
    recipe.pooling = space.pooling ?? .cls
    recipe.labelSmoothing = space.labelSmoothing ?? 0
    recipe.tokenFraction = space.tokenFraction ?? 1
    return recipe
  }

  package static func screeningEpochs(
    _ family: ClassFamily, _ space: SearchSpace<Classes>, candidates: Int
  ) -> Int? {
    // With few candidates, or few epochs, screening would cost more than it saves.
    guard family != .linear, family != .concat, space.style == .auto, candidates > 2,
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

  package static func reason(_ comparison: SearchComparison<ClassFamily>) -> String {
    typealias Comparison = SearchComparison<ClassFamily>
    let figures =
      "by \(Comparison.points(comparison.gain)) points on validation, whose standard error is "
      + Comparison.points(comparison.error)
    return comparison.isGain
      ? "the best \(comparison.complex.title) beats the best \(comparison.simpler.title) \(figures)"
      : "no \(comparison.complex.title) beats the best \(comparison.simpler.title) by more than one standard error: "
        + "the best differs \(figures)"
  }
}
