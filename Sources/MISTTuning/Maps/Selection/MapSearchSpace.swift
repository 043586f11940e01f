/// What a search for a head on maps may choose from. Nil means the default list; a value the user gave is used alone.
public struct MapSearchSpace: Sendable {
  /// A kind of head and where attention stands before it.
  public struct Family: Hashable, Sendable {
    public let head: MapRecipe.Kind
    public let lae: MapRecipe.Attention

    public init(_ head: MapRecipe.Kind, _ lae: MapRecipe.Attention) {
      self.head = head
      self.lae = lae
    }
  }

  public var style = SearchSpace.Style.auto
  public var heads: [MapRecipe.Kind]?
  public var attention: [MapRecipe.Attention]?
  public var features: [FeatureChoice]?
  public var rates: [Float]?
  public var epochs = 40
  public var batch = 8
  public var hidden = 256
  public var depth = 4
  public var rank = 32
  public var power: Float = 1
  public var warmup = 0
  public var inputNorm: Bool?
  public var weightDecay: Float?
  public var dropout: Float?
  public var patience: Int?

  public init() {}

  /// Kinds of head to try, the simpler first. A plain search trains linear ones, as references do.
  var headChoices: [MapRecipe.Kind] { heads ?? (style == .plain ? [.linear] : [.linear, .mlp]) }

  /// Places of attention to try on `levels` maps, the simpler first.
  func attentionChoices(levels: Int) -> [MapRecipe.Attention] {
    attention ?? (levels > 1 && style == .auto ? [.none, .final, .all] : [.none, .final])
  }

  /// Recipes of a family: every feature and rate.
  public func candidates(_ family: Family, stored: [FeatureChoice]) -> [MapRecipe] {
    // What a reference trains on is a gather; the model's own output is a candidate of a search.
    let all = features ?? (style == .plain && attention == nil ? stored.filter { $0 != .final } : stored)
    return all.flatMap { feature in
      (rates ?? defaultRates(family)).map { recipe(family, feature, $0) }
    }
  }

  private func defaultRates(_ family: Family) -> [Float] {
    if style == .plain { return [family == Family(.linear, .none) ? 3e-3 : 1e-3] }
    return family == Family(.linear, .none) ? [1e-3, 3e-3] : [1e-3]
  }

  private func recipe(_ family: Family, _ feature: FeatureChoice, _ rate: Float) -> MapRecipe {
    var recipe = MapRecipe()
    recipe.head = family.head
    recipe.lae = family.lae
    recipe.feature = feature
    recipe.rate = rate
    recipe.epochs = epochs
    recipe.batch = batch
    recipe.hidden = hidden
    recipe.depth = depth
    recipe.rank = rank
    recipe.power = power
    recipe.warmup = warmup
    recipe.inputNorm = inputNorm ?? false
    recipe.weightDecay = weightDecay ?? 0.01
    recipe.dropout = family.head == .mlp ? dropout ?? (style == .plain ? 0 : 0.1) : 0
    recipe.keep = style == .plain ? .last : .best
    recipe.patience = patience ?? (style == .plain ? 0 : max(5, epochs / 4))
    return recipe
  }

  /// What else to try of a recipe that did well, as far as the user left it open: an input norm before attention, and more
  /// regularisation.
  func variants(of recipe: MapRecipe) -> [MapRecipe] {
    guard style == .auto else { return [] }
    var variants: [MapRecipe] = []
    if inputNorm == nil, recipe.lae != .none {
      variants.append(recipe)
      variants[variants.count - 1].inputNorm = true
    }
    if weightDecay == nil {
      variants.append(recipe)
      variants[variants.count - 1].weightDecay = 0.5
    }
    return variants
  }
}

extension MapRecipe {
  var family: MapSearchSpace.Family { .init(head, lae) }

  /// The same, shorter: a whole schedule of `epochs`.
  func shortened(to epochs: Int) -> MapRecipe {
    var recipe = self
    recipe.epochs = min(epochs, self.epochs)
    return recipe
  }
}
