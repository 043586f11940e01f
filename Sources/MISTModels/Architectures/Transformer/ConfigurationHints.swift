import MISTFormats

/// What one source (the command line, a graph, a `config.json`) says about a model, each part only where it says it.
/// Sizes that tensors show too are checked against them.
public struct ConfigurationHints: Sendable {
  /// For people: `config.json`, `--heads`, `the graph`.
  public var origin: String
  public var width: Int?
  public var depth: Int?
  public var heads: Int?
  /// Hidden width of an ungated MLP.
  public var mlpWidth: Int?
  public var patchSize: Int?
  /// Height and width in pixels that the position embedding is for.
  public var imageSize: [Int]?
  public var registerTokens: Int?
  public var classToken: Bool?
  public var qkvBias: Bool?
  /// timm's `global_pool`: how the classifier's input is made of the tokens.
  public var pooling: String?
  /// Classes of the classifier, where the model has one, and their names, where they are not only numbered.
  public var classCount: Int?
  public var classNames: [String]?
  public var epsilon: Float?
  /// Epsilons by foreign module name, such as `blocks.0.norm1`.
  public var epsilons: [String: Float] = [:]

  public init(origin: String) { self.origin = origin }

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
    if let grid = graph.positionGrid, let patch = graph.patchSize, grid.count == 2,
      (grid + [patch]).allSatisfy({ (1...ModelLimits.imageSize).contains($0) })
    {
      imageSize = [grid[0] * patch, grid[1] * patch]
    }
    try graph.refuseNormalizedInput(file: file)
  }
}

extension ConversionOptions {
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
