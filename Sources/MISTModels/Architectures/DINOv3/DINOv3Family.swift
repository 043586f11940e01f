import MISTFormats

extension Convention {
  /// What a project's DINOv3 models have where nothing else says it.
  package struct DINOv3Defaults: Sendable {
    /// Side of the images in pixels.
    let imageSize: Int
    /// How such images are usually made.
    let preprocessing: @Sendable (_ imageSize: [Int]) -> Preprocessing
  }
}

extension Convention.DINOv3Defaults: ConventionFamily {
  package var anchors: [String] {
    ["patch_embed.weight", "register_tokens", "cls_token", "blocks.{i}.norm1.weight", "final_norm.weight"]
  }

  package var graphEpsilon: Float { 1e-5 }

  package func width(_ reading: Reading) -> Int? { reading.tensor("final_norm.weight")?.shape.last }

  /// timm pools by the mean unless told otherwise.
  package func classifierInput(_ reading: Reading, pooling: String?) -> ImageClassifier.Input {
    pooling == "token" ? .classToken : .mean
  }

  package func model(
    _ source: ModelSource, _ reading: Reading, _ options: ConversionOptions
  ) throws -> ForeignModel {
    let file = source.archive.path
    var hints = try options.transformerHints("DINOv3 ViT")
    if let graph = source.recovered?.hints { hints.append(try ConfigurationHints(graph: graph, file: file)) }
    let files = try source.config.map { try DINOv3Files($0) }
    if let files { hints.append(files.hints) }
    var common = TransformerInference(reading, hints: hints, file: file)
    let (width, patchSize) = try common.patchEmbedding()
    let mlp = try common.mlp()
    // Without registers the same names are other models'.
    if reading.convention.row("register_tokens")?.presence == .always {
      _ = try common.need("register_tokens")
    }
    var size = source.recovered?.hints.inputSize ?? common.first(\.imageSize)
    if let said = options.imageSize { size = said }
    if size == nil { common.assumptions.append("images of \(imageSize) × \(imageSize) pixels") }
    var c = DINOv3Configuration(
      width: width, depth: reading.depth, heads: reading.rotatedHeads(width) ?? common.heads(width),
      mlpWidth: mlp.width, mlp: mlp.kind,
      patchSize: patchSize, imageSize: size ?? [imageSize, imageSize],
      registerTokens: try common.registerTokens(),
      queryValueBias: common.exists("blocks.{i}.attn.q.bias") || common.exists("blocks.{i}.attn.v.bias"),
      theta: files?.theta ?? 100, storedPeriods: common.exists("rope.periods"))
    c.classifier = try reading.classifier(common.first(\.pooling), file: file)
    let norms = try common.epsilons(depth: c.depth, before: false)
    (c.epsilon.block, c.epsilon.final) = (norms.block, norms.final)
    try hints.check(c, heads: nil, file: file)
    try DINOv3Masks(source.archive, reading).check()
    if let flaw = c.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
    return ForeignModel(
      c, classNames: c.classifier == nil ? nil : hints.first(\.classNames)?.0,
      assumptions: common.assumptions + notes(reading, c), unknown: common.unknown,
      usualPreprocessing: preprocessing(c.imageSize))
  }

  private func notes(_ reading: Reading, _ c: DINOv3Configuration) -> [String] {
    var notes: [String] = []
    if c.storedPeriods {
      notes.append(
        "the rotations' periods are the file's; timm and transformers compute them, which differs by up to 0.4 %"
      )
    }
    if reading.ignored.contains(where: { $0.tensor.name.hasSuffix("local_cls_norm.weight") }) {
      notes.append(
        "local_cls_norm is left out: Facebook's code uses it for the small crops of training alone")
    }
    return notes
  }

  package func model(
    carried said: any ArchitectureConfiguration, _: Preprocessing, _ source: ModelSource,
    _ reading: Reading, _ options: ConversionOptions
  ) throws -> (configuration: any ArchitectureConfiguration, usualPreprocessing: Preprocessing)? {
    guard var c = said as? DINOv3Configuration else { return nil }
    let hints = try options.applied(to: &c, "DINOv3 ViT") { $0.epsilon = .init(block: $1, final: $1) }
    let files = try source.config.map { [try DINOv3Files($0).hints] } ?? []
    try (hints + files).check(c, heads: nil, file: source.archive.path)
    return (c, preprocessing(c.imageSize))
  }
}

extension Reading {
  /// Attention heads of `width` channels together that have as many periods as are stored, a period for four channels.
  fileprivate func rotatedHeads(_ width: Int) -> Int? {
    guard let count = tensor("rope.periods")?.count, count > 0, width % (4 * count) == 0 else { return nil }
    return width / (4 * count)
  }
}

/// Facebook's biases of keys, which a mask takes out.
struct DINOv3Masks {
  private let archive: any TensorArchive
  private let reading: Reading

  init(_ archive: any TensorArchive, _ reading: Reading) {
    self.archive = archive
    self.reading = reading
  }

  /// Throws `convert.unsupported-model` where keys have a bias that no mask takes out, or a mask takes out something else.
  func check() throws {
    guard let row = reading.convention.row("blocks.{i}.attn.q.bias"), case .rows = row.transform else {
      return
    }
    for block in 0..<reading.depth {
      let index = NameIndex(block: block)
      guard let bias = reading.tensor(row.canonical, at: index) else { continue }
      let mask = bias.name + "_mask"
      guard archive.info(mask) != nil else {
        try require(
          bias.name, keys: 0, "keys have a bias, and models of \(reading.convention.name) have none")
        continue
      }
      try require(mask, keys: 0, others: 1, "it is not 1 for queries and values and 0 for keys")
    }
  }

  private func require(_ name: String, keys: Float, others: Float? = nil, _ problem: String) throws {
    guard let info = archive.info(name) else { return }
    let values = try archive.withBytesOnce(of: name) { try FloatConversion.floats($0, dtype: info.dtype) }
    let third = values.count / 3
    let fits = values.enumerated().allSatisfy { i, value in
      let expected = (third..<2 * third).contains(i) ? keys : others
      return expected == nil || value == expected
    }
    guard fits else {
      throw MISTError(
        .convertUnsupportedModel, file: archive.path, at: "tensor \(quoted(name))", problem)
    }
  }
}
