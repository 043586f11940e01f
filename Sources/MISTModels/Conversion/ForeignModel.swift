import MISTFormats

/// What a foreign checkpoint's names, shapes, graph and JSON files say about its model.
struct ForeignModel {
  let configuration: ModelConfiguration
  let classNames: [String]?
  /// What had to be assumed: sentences without a full stop.
  let assumptions: [String]
  /// What nothing says and cannot be assumed. Thrown after the tensors have been checked: a checkpoint that is damaged as
  /// well is better explained by the damage.
  let unknown: MISTError?
  /// How the convention's models are usually fed.
  let usualPreprocessing: Preprocessing

  /// Throws the `convert.` errors about configurations.
  init(_ source: ModelSource, _ reading: Reading, _ options: ConversionOptions) throws {
    switch reading.convention.family {
    case .vit(let defaults): try self.init(vit: source, reading, defaults, options)
    case .segformer(let defaults): try self.init(segformer: source, reading, defaults, options)
    }
  }

  /// A model that its own file describes: options first, then what the file carries. That the tensors fit is checked by
  /// their coverage and shapes; what the files beside them say about sizes must agree too.
  init(carried: CarriedModel, _ source: ModelSource, _ reading: Reading, _ options: ConversionOptions) throws
  {
    let file = source.archive.path
    // What the user leaves out, the model does not have.
    let described = options.ignore.isEmpty ? carried.configuration : carried.configuration.without(reading)
    switch (reading.convention.family, described) {
    case (.vit(let defaults), .vit(var c)):
      let hints = try options.vitHints()
      for hint in hints {
        if let heads = hint.heads { c.heads = heads }
        if let size = hint.imageSize { c.imageSize = size }
        if let epsilon = hint.epsilon { c.epsilon = .init(all: epsilon) }
      }
      let said = try source.config.map { [try ConfigFiles.hints($0)] } ?? []
      var shown = c
      shown.heads = reading.shownHeads ?? c.heads
      try (hints + said).check(shown, heads: reading.shownHeads, file: file)
      configuration = .vit(c)
      usualPreprocessing = defaults.preprocessing(c)
    case (.segformer, .segformer(var c)):
      if let heads = try options.segformerHints().first(\.heads) {
        guard heads.count == c.stages.count else {
          throw MISTError(
            .usage, at: "--heads", "there are \(c.stages.count) stages, and \(heads.count) numbers of heads")
        }
        for s in heads.indices { c.stages[s].heads = heads[s] }
      }
      if let epsilon = options.epsilon { c.epsilon = .init(all: epsilon) }
      try source.config.map { try SegFormerFiles.hints($0) }?.check(c, file: file)
      configuration = .segformer(c)
      usualPreprocessing = carried.preprocessing
    default:
      throw MISTError(
        .convertBadModelMetadata, file: file, at: CarriedModel.key,
        "it describes a \(carried.architecture.rawValue), and the tensors' names are those of \(reading.convention.name)"
      )
    }
    if let flaw = configuration.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
    classNames = configuration.classes == nil ? nil : carried.classes
    unknown = nil
    assumptions = ["what its names do not say from its own metadata, as mist wrote it"]
  }

  private init(
    vit source: ModelSource, _ reading: Reading, _ defaults: Convention.ViTDefaults,
    _ options: ConversionOptions
  ) throws {
    let file = source.archive.path
    var hints = try options.vitHints()
    if let graph = source.recovered?.hints { hints.append(try ConfigurationHints(graph: graph, file: file)) }
    if let config = source.config { hints.append(try ConfigFiles.hints(config)) }
    var inference = ViTInference(reading, defaults: defaults, hints: hints, file: file)
    let c = try inference.run()
    configuration = .vit(c)
    classNames = c.classifier == nil ? nil : hints.first(\.classNames)?.0
    unknown = inference.unknownHeads
    var notes: [String] = []
    if reading.convention.name == "timm-avgpool" {
      notes.append("the last norm is fc_norm, which timm applies after pooling and not to the tokens")
    }
    if reading.convention.name == "dinov2", c.registerTokens == 0 {
      notes.append(
        "position embeddings are resized bicubically to the grid; Facebook's code adds 0.1 to the scale, which differs slightly"
      )
    }
    if reading.convention.separator == "/" {
      notes.append(
        "the MLP's GELU is the error function's, as timm runs these weights; Google's code has Flax's tanh approximation"
      )
    }
    assumptions = inference.assumptions + notes
    var usual = defaults.preprocessing(c)
    if let size = source.recovered?.hints.inputSize, size.count == 2, usual.crop != nil, usual.crop != size,
      size.allSatisfy({ (1...16_384).contains($0) })
    {
      usual.resize = .shortestEdge(((size.min() ?? 224) * 8 + 3) / 7)
      usual.crop = size
    }
    usualPreprocessing = usual
  }

  private init(
    segformer source: ModelSource, _ reading: Reading, _ defaults: Convention.SegFormerDefaults,
    _ options: ConversionOptions
  ) throws {
    let file = source.archive.path
    var hints = try options.segformerHints()
    let graph = source.recovered?.hints
    if let graph { hints.append(try SegFormerHints(graph: graph, reading, file: file)) }
    if let config = source.config { hints.append(try SegFormerFiles.hints(config)) }
    let epsilons = EpsilonInference(
      reading, option: options.epsilon, said: nil, shown: graph?.epsilons ?? [:], file: file)
    var inference = SegFormerInference(
      reading, defaults: defaults, hints: hints, epsilons: epsilons, file: file)
    let c = try inference.run()
    configuration = .segformer(c)
    classNames = inference.classNames(c)
    unknown = inference.unknown
    var notes: [String] = []
    if let json = source.preprocessor, c.decodeHead != nil,
      json.bool("do_reduce_labels") ?? json.bool("reduce_labels") == true
    {
      notes.append("it was trained with labels reduced by one: class 0 is label 1, and label 0 has no class")
    }
    assumptions = inference.assumptions + notes
    let size = graph?.inputSize.flatMap { size in
      size.count == 2 && size.allSatisfy { (1...16_384).contains($0) } ? size : nil
    }
    usualPreprocessing = Preprocessing(
      resize: .exact(height: size?[0] ?? 512, width: size?[1] ?? 512), crop: nil, interpolation: .bilinear,
      mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
  }
}

extension ModelConfiguration {
  /// Without a decode head and a classifier of which `reading` has nothing.
  fileprivate func without(_ reading: Reading) -> ModelConfiguration {
    switch self {
    case .vit(var c):
      if !reading.has(.classifier) { c.classifier = nil }
      return .vit(c)
    case .segformer(var c):
      if !reading.has(.classifier) { c.classifier = nil }
      if ![.decodeHead, .batchNorm, .foldedBatchNorm].contains(where: { reading.has($0) }) {
        c.decodeHead = nil
      }
      return .segformer(c)
    }
  }
}
