import MISTEdge

/// What only a recipe for classification knows.
package struct ClassOptions: RecipeOptions {
  package enum Method: String, Encodable, Sendable {
    /// LayerNorm, pooling, linear classifier.
    case linear
    /// Blocks before them, of low-rank attention unless the recipe names another function.
    case lae
    /// The model's last block, trained on.
    case partial1 = "partial-1"
    /// A ladder of narrow transformer blocks on every map.
    case lst
    /// One stream of low-rank attention, a map added before every block.
    case last
  }

  package static let schedule = Schedule.cosine
  package static let epochs = 100
  package static let batch = 32
  package static let weightDecay: Float = 0

  package var method = Method.lae
  /// What the blocks compute.
  package var function = BlockFunction.attention
  package var pooling = Pooling.cls
  package var labelSmoothing: Float = 0
  /// Fraction of the tokens, the class token aside, that a training step sees.
  package var tokenFraction: Float = 1

  package init() {}

  package var attentionDropout: Float { pooling.attentionDropout }

  private enum CodingKeys: CodingKey { case method, block, labelSmoothing, tokenFraction, attentionDropout }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method, forKey: .method)
    if method == .lae, function != .attention {
      try container.encode(function.name.description, forKey: .block)
    }
    try PoolingFields(pooling).encode(to: encoder)
    try container.encode(labelSmoothing, forKey: .labelSmoothing)
    try container.encode(tokenFraction, forKey: .tokenFraction)
    if attentionDropout > 0 { try container.encode(attentionDropout, forKey: .attentionDropout) }
  }
}

extension Classes {
  package typealias Options = ClassOptions
}

extension Recipe<Classes> {
  /// Whether anything restrains over-fitting.
  package var isRegularised: Bool {
    weightDecay > 0 || own.labelSmoothing > 0 || dropout > 0 || own.tokenFraction < 1
  }

  /// Whether a step may see a part of the tokens: not if a convolution reads them, nor if the class token is read alone.
  package var mayDropTokens: Bool {
    if own.method.isBody {
      true
    } else if own.method == .lae {
      own.function == .attention || own.function == .mlp && own.pooling != .cls
    } else {
      own.pooling != .cls && own.pooling != .concat
    }
  }

  /// The same with the regularisation that holds a head of this size in check on a few hundred images.
  var regularised: Self {
    var recipe = self
    recipe.weightDecay = 0.5
    recipe.labelSmoothing = 0.1
    recipe.dropout = 0.3
    recipe.tokenFraction = mayDropTokens ? 0.25 : 1
    return recipe
  }

  /// The same with none.
  var unregularised: Self {
    var recipe = self
    (recipe.weightDecay, recipe.labelSmoothing, recipe.dropout, recipe.tokenFraction) = (0, 0, 0, 1)
    return recipe
  }

  /// The same with an input norm.
  var withInputNorm: Self {
    var recipe = self
    recipe.inputNorm = true
    return recipe
  }
}
