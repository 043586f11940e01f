import MISTFormats

extension Convention {
  /// What a project's SegFormers have where nothing else says it.
  package struct SegFormerDefaults: Sendable {
    package let epsilons: SegFormerConfiguration.Epsilons
    /// The function that its decode heads are.
    package let head: SegFormerConfiguration.DecodeHead.Kind
    /// Whether the project enlarges its decode heads' maps to the image with aligned corners.
    package let alignsCorners: Bool

    package init(
      epsilons: SegFormerConfiguration.Epsilons, head: SegFormerConfiguration.DecodeHead.Kind = .linear,
      alignsCorners: Bool = false
    ) {
      self.epsilons = epsilons
      self.head = head
      self.alignsCorners = alignsCorners
    }
  }
}

extension Convention.SegFormerDefaults: ConventionFamily {
  package var anchors: [String] {
    ["stages.{s}.patch_embed.weight", "stages.{s}.norm.weight", "stages.{s}.blocks.{i}.norm1.weight"]
  }

  package var graphEpsilon: Float { 1e-5 }

  package func width(_ reading: Reading) -> Int? {
    reading.tensor("stages.{s}.norm.weight", at: NameIndex(stage: reading.depths.count - 1))?.shape.last
  }

  package func classifierInput(_: Reading, pooling: String?) -> ImageClassifier.Input { .mean }

  package func model(
    _ source: ModelSource, _ reading: Reading, _ options: ConversionOptions
  ) throws -> ForeignModel {
    let file = source.archive.path
    var hints = try options.segformerHints()
    let graph = source.recovered?.hints
    if let graph { hints.append(try SegFormerHints(graph: graph, reading, file: file)) }
    if let config = source.config { hints.append(try SegFormerFiles.hints(config)) }
    let epsilons = EpsilonInference(
      reading, option: options.epsilon, said: nil, shown: graph?.epsilons ?? [:], file: file)
    var inference = SegFormerInference(
      reading, defaults: self, hints: hints, epsilons: epsilons, file: file)
    let c = try inference.run()
    var notes: [String] = []
    if let json = source.preprocessor, c.decodeHead != nil,
      json.bool("do_reduce_labels") ?? json.bool("reduce_labels") == true
    {
      notes.append("it was trained with labels reduced by one: class 0 is label 1, and label 0 has no class")
    }
    if alignsCorners, c.decodeHead != nil {
      notes.append(
        "the decode head's scores are enlarged to the image with half-pixel centres; the project aligns corners, which differs slightly"
      )
    }
    let size = graph?.inputSize.flatMap { size in
      size.count == 2 && size.allSatisfy { (1...16_384).contains($0) } ? size : nil
    }
    let usual = Preprocessing(
      resize: .exact(height: size?[0] ?? 512, width: size?[1] ?? 512), crop: nil, interpolation: .bilinear,
      mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
    // A SegFormer's processor has defaults of its own.
    return ForeignModel(
      c, classNames: inference.classNames(c), assumptions: inference.assumptions + notes,
      unknown: inference.unknown, usualPreprocessing: usual, processorDefaults: usual)
  }

  package func model(
    carried said: any ArchitectureConfiguration, _ preprocessing: Preprocessing, _ source: ModelSource,
    _ reading: Reading, _ options: ConversionOptions
  ) throws -> (configuration: any ArchitectureConfiguration, usualPreprocessing: Preprocessing)? {
    guard var c = said as? SegFormerConfiguration else { return nil }
    if let heads = try options.segformerHints().first(\.heads) {
      guard heads.count == c.stages.count else {
        throw MISTError(
          .usage, at: "--heads", "there are \(c.stages.count) stages, and \(heads.count) numbers of heads")
      }
      for s in heads.indices { c.stages[s].heads = heads[s] }
    }
    if let epsilon = options.epsilon { c.epsilon = .init(all: epsilon) }
    try source.config.map { try SegFormerFiles.hints($0) }?.check(c, file: source.archive.path)
    return (c, preprocessing)
  }
}

extension ConversionOptions {
  /// The options as the first of a SegFormer's hints. Throws `usage` for an option of other models.
  func segformerHints() throws -> [SegFormerHints] {
    if imageSize != nil {
      throw MISTError(.usage, at: "--image-size", "a SegFormer has no position embedding and takes any size")
    }
    guard let heads else { return [] }
    var hint = SegFormerHints(origin: "--heads")
    hint.heads = heads
    return [hint]
  }
}
