import MISTEdge

/// The search for segmentation: linear heads, mlp heads, then attention in front of the kind of head that did better.
///
/// Linear heads without attention run in full; the others for a fifth of the epochs, after which variants of the best are tried and the
/// two best run in full.
package struct MaskSearch: SearchPolicy {
  /// A kind of head and where attention stands before it.
  package struct Family: Hashable, Sendable {
    package let head: MaskOptions.Head
    package let lae: MaskOptions.Attention

    package init(_ head: MaskOptions.Head, _ lae: MaskOptions.Attention) {
      self.head = head
      self.lae = lae
    }

    /// Its heads cost next to nothing.
    var isCheap: Bool { head == .linear && lae == .none }
  }

  package var heads: [MaskOptions.Head]?
  package var attention: [MaskOptions.Attention]?
  package var hidden = 256
  package var power: Float = 1
  package var warmup = 0

  package init() {}

  package static func family(of recipe: Recipe<Masks>) -> Family { Family(recipe.head, recipe.lae) }

  /// Kinds of head to try, the simpler first. A plain search trains linear ones, as references do.
  private static func heads(_ space: SearchSpace<Masks>) -> [MaskOptions.Head] {
    space.heads ?? (space.style == .plain ? [.linear] : [.linear, .mlp])
  }

  /// Places of attention to try on `levels` maps, the simpler first.
  private static func attention(_ space: SearchSpace<Masks>, _ levels: Int) -> [MaskOptions.Attention] {
    space.attention ?? (levels > 1 && space.style == .auto ? [.none, .final, .all] : [.none, .final])
  }

  package static func families(_ space: SearchSpace<Masks>, levels: Int) -> [Family] {
    attention(space, levels).contains(.none) ? heads(space).map { Family($0, .none) } : []
  }

  /// Attention stands in front of the better kind of head, or of every kind when nothing was tried without.
  package static func families(_ space: SearchSpace<Masks>, levels: Int, after leader: Family?) -> [Family] {
    let heads = leader.map { [$0.head] } ?? heads(space)
    return attention(space, levels).filter { $0 != .none }.flatMap { lae in heads.map { Family($0, lae) } }
  }

  package static func candidates(_ family: Family, _ space: SearchSpace<Masks>, stored: [Feature])
    -> [Recipe<Masks>]
  {
    // What a reference trains on is a gather; the model's own output is a candidate of a search.
    let all =
      space.features
      ?? (space.style == .plain && space.attention == nil ? stored.filter { $0 != .final } : stored)
    return all.flatMap { feature in
      (space.rates ?? rates(family, space.style)).map { recipe(family, space, feature, $0) }
    }
  }

  private static func rates(_ family: Family, _ style: SearchStyle) -> [Float] {
    if style == .plain { return [family.isCheap ? 3e-3 : 1e-3] }
    return family.isCheap ? [1e-3, 3e-3] : [1e-3]
  }

  private static func recipe(
    _ family: Family, _ space: SearchSpace<Masks>, _ feature: Feature, _ rate: Float
  ) -> Recipe<Masks> {
    var recipe = space.recipe(feature, rate, patience: 4)
    recipe.head = family.head
    recipe.lae = family.lae
    recipe.hidden = space.hidden
    recipe.schedule = .poly(power: space.power, warmup: space.warmup)
    recipe.dropout = family.head == .mlp ? space.dropout ?? (space.style == .plain ? 0 : 0.1) : 0
    return recipe
  }

  package static func screeningEpochs(_ family: Family, _ space: SearchSpace<Masks>, candidates: Int) -> Int?
  {
    // With few candidates, or few epochs, screening would cost more than it saves.
    guard !family.isCheap, space.style == .auto, candidates > 1, space.epochs >= 15 else { return nil }
    return max(5, space.epochs / 5)
  }

  /// An input norm before attention, and more regularisation.
  package static func variants(of recipe: Recipe<Masks>, _ space: SearchSpace<Masks>) -> [Recipe<Masks>] {
    var (norm, decay) = (recipe, recipe)
    norm.inputNorm = true
    decay.weightDecay = 0.5
    return (space.inputNorm == nil && recipe.lae != .none ? [norm] : [])
      + (space.weightDecay == nil ? [decay] : [])
  }

  package static let nothingLeft = "no candidate is left"

  package static func reason(_ comparison: SearchComparison<Family>) -> String {
    typealias Comparison = SearchComparison<Family>
    guard comparison.isGain else { return "nothing more complex beats it by more than its error" }
    return
      "it beats \(comparison.simpler) by \(Comparison.points(comparison.gain)) points of mean IoU on validation, "
      + "the error of which is \(Comparison.points(comparison.error))"
  }
}

extension MaskSearch.Family: CustomStringConvertible {
  /// `linear`, or `mlp after attention on every level`.
  package var description: String {
    switch lae {
    case .none: head.rawValue
    case .final: "\(head.rawValue) after attention on the last level"
    case .all: "\(head.rawValue) after attention on every level"
    }
  }
}
