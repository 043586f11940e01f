/// What a search may choose from. Nil means the default list; a value the user gave is used alone.
public struct SearchSpace: Sendable {
  public enum Style: String, Sendable {
    /// Regularised candidates first, screened by short runs, best epoch kept.
    case auto
    /// As the paper's reference: Adam, no regularisation, all epochs, last one kept.
    case plain
  }

  public enum Methods: String, Sendable { case auto, linear, lae }

  public var style = Style.auto
  public var methods = Methods.auto
  /// Candidates for the input; by default everything the features hold (`plain`: the gathers).
  public var features: [FeatureChoice]?
  public var rates: [Float]?
  public var epochs = 100
  public var batch = 32
  public var depth = 4
  public var rank = 32
  public var pooling = "cls"
  public var inputNorm: Bool?
  public var weightDecay: Float?
  public var labelSmoothing: Float?
  public var dropout: Float?
  public var tokenFraction: Float?
  public var patience: Int?

  public init() {}

  private func base(_ method: Recipe.Method, _ feature: FeatureChoice, _ rate: Float) -> Recipe {
    var recipe = Recipe()
    recipe.method = method
    recipe.feature = feature
    recipe.rate = rate
    recipe.epochs = epochs
    recipe.batch = batch
    recipe.depth = method == .linear ? 0 : depth
    recipe.rank = rank
    recipe.pooling = pooling
    recipe.weightDecay = weightDecay ?? 0
    recipe.labelSmoothing = labelSmoothing ?? 0
    recipe.dropout = dropout ?? 0
    recipe.tokenFraction = tokenFraction ?? 1
    recipe.inputNorm = inputNorm ?? false
    recipe.keep = style == .plain ? .last : .best
    recipe.patience = patience ?? (style == .plain ? 0 : max(5, epochs / 5))
    return recipe
  }

  /// Linear candidates: every feature and rate. An input norm before a final norm would change nothing but the gains,
  /// and token dropout does not concern the class token.
  public func linear(_ stored: [FeatureChoice]) -> [Recipe] {
    guard methods != .lae else { return [] }
    let all = features ?? (style == .plain && methods == .auto ? stored.filter { $0 != .final } : stored)
    return all.flatMap { feature in
      (rates ?? [1e-3, 3e-3]).map { rate in
        var recipe = base(.linear, feature, rate)
        recipe.inputNorm = false
        if pooling == "cls" || feature == .final { recipe.tokenFraction = 1 }
        if feature == .final { recipe.pooling = "cls" }
        return recipe
      }
    }
  }

  /// LAE candidates: every gather and rate, regularised unless told otherwise. The final class token is one token:
  /// nothing to attend to.
  public func lae(_ stored: [FeatureChoice]) -> [Recipe] {
    guard methods != .linear else { return [] }
    let gathers = (features ?? stored).filter { $0 != .final }
    let told = weightDecay != nil || labelSmoothing != nil || dropout != nil || tokenFraction != nil
    return gathers.flatMap { feature in
      (rates ?? (style == .plain ? [1e-3] : [3e-4, 1e-3])).map { rate in
        let plain = base(.lae, feature, rate)
        return style == .auto && !told ? plain.regularised : plain
      }
    }
  }
}

extension SearchSpace {
  /// What else to try of a recipe that did well, as far as the user left it open: an input norm, no regularisation.
  func variants(of recipe: Recipe) -> [Recipe] {
    var variants: [Recipe] = []
    if inputNorm == nil { variants.append(recipe.withInputNorm) }
    if weightDecay == nil, labelSmoothing == nil, dropout == nil, tokenFraction == nil {
      variants.append(recipe.unregularised)
    }
    return variants
  }
}

extension Recipe {
  /// The same with the regularisation that holds a head of this size in check on a few hundred images.
  var regularised: Recipe {
    var recipe = self
    recipe.weightDecay = 0.5
    recipe.labelSmoothing = 0.1
    recipe.dropout = 0.3
    recipe.tokenFraction = 0.25
    return recipe
  }

  /// The same with none.
  var unregularised: Recipe {
    var recipe = self
    (recipe.weightDecay, recipe.labelSmoothing, recipe.dropout, recipe.tokenFraction) = (0, 0, 0, 1)
    return recipe
  }

  /// The same with an input norm.
  var withInputNorm: Recipe {
    var recipe = self
    recipe.inputNorm = true
    return recipe
  }

  /// The same, shorter: a whole cosine of `epochs`.
  func shortened(to epochs: Int) -> Recipe {
    var recipe = self
    recipe.epochs = min(epochs, self.epochs)
    return recipe
  }
}
