import MISTFormats

/// What one source (the command line, a graph, a `config.json`) says about a model, each part only where it says it.
/// Sizes that tensors show too are checked against them.
package struct ConfigurationHints: Sendable {
  /// For people: `config.json`, `--heads`, `the graph`.
  package var origin: String
  package var width: Int?
  package var depth: Int?
  package var heads: Int?
  /// Hidden width of an ungated MLP.
  package var mlpWidth: Int?
  package var patchSize: Int?
  /// Height and width in pixels that the position embedding is for.
  package var imageSize: [Int]?
  /// Height and width in pixels of what a graph takes, which tells readings of a position embedding apart.
  package var inputSize: [Int]?
  package var registerTokens: Int?
  package var classToken: Bool?
  package var qkvBias: Bool?
  /// Which kind of MLP its activation is that of.
  package var mlp: TransformerMLP?
  /// Whether there is a norm before the first block, scales after attention and MLP, a position for the class token.
  package var preNorm: Bool?
  package var layerScale: Bool?
  package var classPosition: Bool?
  /// timm's `global_pool`: how the classifier's input is made of the tokens.
  package var pooling: String?
  /// Classes of the classifier, where the model has one, and their names, where they are not only numbered.
  package var classCount: Int?
  package var classNames: [String]?
  package var epsilon: Float?
  /// Epsilons by foreign module name, such as `blocks.0.norm1`.
  package var epsilons: [String: Float] = [:]

  package init(origin: String) { self.origin = origin }

  /// Whether the user said it.
  var isOption: Bool { origin.hasPrefix("--") }
}

extension [ConfigurationHints] {
  /// The first hint that says something, and who says it.
  func first<T>(_ path: KeyPath<ConfigurationHints, T?>) -> (T, String)? {
    for hint in self {
      if let value = hint[keyPath: path] { return (value, hint.origin) }
    }
    return nil
  }
}

extension ConfigurationHints {
  /// What an ONNX graph shows. Throws `convert.unsupported-model` when it computes something else than this suite does.
  init(graph: GraphHints, file: String) throws {
    self.init(origin: "the graph")
    heads = graph.heads
    epsilons = graph.epsilons
    patchSize = graph.patchSize
    inputSize = graph.inputSize
    pooling = graph.pooling
    if let grid = graph.positionGrid, let patch = graph.patchSize, grid.count == 2,
      (grid + [patch]).allSatisfy({ (1...ModelLimits.imageSize).contains($0) })
    {
      imageSize = [grid[0] * patch, grid[1] * patch]
    }
    try graph.refuseNormalizedInput(file: file)
  }
}

extension ConversionOptions {
  /// Puts what the options say into a configuration that its own file describes, and returns them as `transformerHints` does.
  /// Throws as that.
  func applied<C: TransformerConfiguration>(
    to c: inout C, _ name: String, setEpsilon: (inout C, Float) -> Void
  ) throws -> [ConfigurationHints] {
    let hints = try transformerHints(name)
    for hint in hints {
      if let heads = hint.heads { c.heads = heads }
      if let size = hint.imageSize { c.imageSize = size }
      if let epsilon = hint.epsilon { setEpsilon(&c, epsilon) }
    }
    return hints
  }

  /// The options as the first of a transformer's hints, one for each so that messages can name it. `name`: what it is, as in
  /// "it is a ViT".
  /// Throws `usage` for an option of other models.
  func transformerHints(_ name: String) throws -> [ConfigurationHints] {
    var list: [ConfigurationHints] = []
    if let imageSize {
      var hint = ConfigurationHints(origin: "--image-size")
      hint.imageSize = imageSize
      list.append(hint)
    }
    if let heads {
      guard heads.count == 1 else {
        throw MISTError(
          .usage, at: "--heads", "a \(name) has one number of heads, and \(heads.count) are given")
      }
      var hint = ConfigurationHints(origin: "--heads")
      hint.heads = heads[0]
      list.append(hint)
    }
    if let epsilon {
      var hint = ConfigurationHints(origin: "--epsilon")
      hint.epsilon = epsilon
      list.append(hint)
    }
    return list
  }
}
