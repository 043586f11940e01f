import MISTFormats

extension Convention {
  /// What a project's vision transformers have where nothing else says it.
  package struct ViTDefaults: Sendable {
    /// Whether models of this convention have a class token, unless their positions or something beside them show that they
    /// have none. Otherwise a file without one is believed.
    package let alwaysClassToken: Bool
    /// Whether every class token of this convention has a position; nil where the files must say it.
    package let classPosition: Bool?
    package let positionResize: @Sendable (ViTConfiguration) -> ViTConfiguration.PositionResize
    package let preprocessing: @Sendable (ViTConfiguration) -> Preprocessing
    /// What a classifier reads where there is a class token; else it is the mean.
    package let classifierInput: ImageClassifier.Input

    package init(
      alwaysClassToken: Bool = true, classPosition: Bool? = nil,
      positionResize: @escaping @Sendable (ViTConfiguration) -> ViTConfiguration.PositionResize,
      preprocessing: @escaping @Sendable (ViTConfiguration) -> Preprocessing,
      classifierInput: ImageClassifier.Input = .classToken
    ) {
      self.alwaysClassToken = alwaysClassToken
      self.classPosition = classPosition
      self.positionResize = positionResize
      self.preprocessing = preprocessing
      self.classifierInput = classifierInput
    }
  }
}

extension Convention.ViTDefaults: ConventionFamily {
  package var anchors: [String] {
    ["patch_embed.weight", "pos_embed", "cls_token", "blocks.{i}.norm1.weight", "final_norm.weight"]
  }

  package var graphEpsilon: Float { 1e-6 }

  package func width(_ reading: Reading) -> Int? { reading.tensor("final_norm.weight")?.shape.last }

  package func classifierInput(_ reading: Reading, pooling: String?) -> ImageClassifier.Input {
    let hasToken = reading.tensor("cls_token") != nil
    return !hasToken || pooling == "avg" ? .mean : classifierInput
  }

  package func model(
    _ source: ModelSource, _ reading: Reading, _ options: ConversionOptions
  ) throws -> ForeignModel {
    let file = source.archive.path
    var hints = try options.transformerHints("ViT")
    if let graph = source.recovered?.hints { hints.append(try ConfigurationHints(graph: graph, file: file)) }
    if let config = source.config { hints.append(try ConfigFiles.hints(config)) }
    var inference = ViTInference(reading, defaults: self, hints: hints, file: file)
    let c = try inference.run()
    var usual = preprocessing(c)
    if let size = source.recovered?.hints.inputSize, size.count == 2, usual.crop != nil, usual.crop != size,
      size.allSatisfy({ (1...16_384).contains($0) })
    {
      usual.resize = .shortestEdge(((size.min() ?? 224) * 8 + 3) / 7)
      usual.crop = size
    }
    return ForeignModel(
      c, classNames: c.classifier == nil ? nil : hints.first(\.classNames)?.0,
      assumptions: inference.common.assumptions + notes(reading, c), unknown: inference.common.unknown,
      usualPreprocessing: usual)
  }

  /// What is known of a convention's models and differs a little.
  private func notes(_ reading: Reading, _ c: ViTConfiguration) -> [String] {
    var notes: [String] = []
    if reading.convention.name == "timm-avgpool" {
      notes.append("the last norm is fc_norm, which timm applies after pooling and not to the tokens")
    }
    if reading.convention.name == "dinov2", c.registerTokens == 0 {
      notes.append(
        "position embeddings are resized bicubically to the grid; Facebook's code adds 0.1 to the scale, which differs slightly"
      )
    }
    if reading.convention.name.hasPrefix("torchvision") {
      notes.append(
        "position embeddings are resized with half-pixel centres; torchvision's helper aligns corners, which differs slightly"
      )
    }
    if reading.convention.separator == "/" {
      notes.append(
        "the MLP's GELU is the error function's, as timm runs these weights; Google's code has Flax's tanh approximation"
      )
    }
    return notes
  }

  package func model(
    carried said: any ArchitectureConfiguration, _: Preprocessing, _ source: ModelSource,
    _ reading: Reading, _ options: ConversionOptions
  ) throws -> (configuration: any ArchitectureConfiguration, usualPreprocessing: Preprocessing)? {
    guard var c = said as? ViTConfiguration else { return nil }
    let hints = try options.applied(to: &c, "ViT") { $0.epsilon = .init(all: $1) }
    let files = try source.config.map { [try ConfigFiles.hints($0)] } ?? []
    var shown = c
    shown.heads = reading.shownHeads ?? c.heads
    try (hints + files).check(shown, heads: reading.shownHeads, file: source.archive.path)
    return (c, preprocessing(c))
  }
}
