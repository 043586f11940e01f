import MISTFormats

/// Works out a `ViTConfiguration` from tensor names and shapes, and from hints for what they do not show.
struct ConfigurationInference {
  let reading: Reading
  /// Earlier ones win.
  let hints: [ConfigurationHints]
  let file: String
  /// What had to be assumed, and from where other facts came: sentences without a full stop.
  private(set) var assumptions: [String] = []
  /// Set where nothing says how many heads there are. Thrown after the tensors have been checked: a checkpoint that is
  /// damaged as well is better explained by the damage.
  private(set) var unknownHeads: MISTError?

  init(_ reading: Reading, hints: [ConfigurationHints], file: String) {
    self.reading = reading
    self.hints = hints
    self.file = file
  }

  /// Attention heads of the widths that published models have.
  static let usualHeads = [
    192: 3, 256: 4, 320: 5, 384: 6, 512: 8, 640: 10, 768: 12, 896: 14, 1024: 16, 1152: 16, 1280: 16, 1408: 16,
    1536: 24,
    1664: 16,
  ]

  /// Throws `convert.missing-tensor`, `convert.shape-mismatch`, `convert.configuration-mismatch`.
  mutating func run() throws -> ViTConfiguration {
    let patch = try need("patch_embed.weight")
    guard patch.shape.count == 4, patch.shape[1] == 3, patch.shape[2] == patch.shape[3],
      (1...65_536).contains(patch.shape[0]), (1...1024).contains(patch.shape[2])
    else {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(patch.name))",
        "expected a patch embedding's [width, 3, patch, patch], found \(patch.shape)")
    }
    let (width, patchSize) = (patch.shape[0], patch.shape[2])
    let fc2 = try need("blocks.{i}.mlp.fc2.weight", dimensions: 2)
    let fc1 = try need("blocks.{i}.mlp.fc1.weight", dimensions: 2)
    let positions = try positionRows()
    let mlpWidth = fc2.shape[1]
    let gated = reading.has(.swiglu) || (fc1.shape[0] % 2 == 0 && fc1.shape[0] / 2 == mlpWidth)
    let classRow = reading.convention.row("cls_token")
    let classToken =
      reading.tensor("cls_token") != nil || classRow?.presence == .always
      || first(\.classToken)?.0
        ?? reading.convention.alwaysClassToken
    let registers = try registerTokens()
    let (imageSize, classPosition) = try grid(positions, patchSize, classToken)

    var c = ViTConfiguration(
      width: width, depth: reading.depth, heads: heads(width), mlpWidth: mlpWidth,
      mlp: gated ? .swiglu : .gelu,
      patchSize: patchSize, imageSize: imageSize, registerTokens: registers, classToken: classToken,
      classPosition: classPosition,
      qkvBias: exists("blocks.{i}.attn.qkv.bias") || first(\.qkvBias)?.0 == true,
      layerScale: exists("blocks.{i}.ls1") || exists("blocks.{i}.ls2"),
      preNorm: exists("pre_norm.weight") || exists("pre_norm.bias"))
    c.positionResize = reading.convention.positionResize(c)
    let norms = try EpsilonInference(reading, hints: hints, file: file).run(c)
    c.epsilon = norms.epsilons
    if let assumption = norms.assumption { assumptions.append(assumption) }
    try check(c)
    return c
  }

  /// Whether any tensor of this canonical name is there, or the convention demands it of every model.
  private func exists(_ canonical: String) -> Bool {
    reading.tensor(canonical) != nil
      || reading.convention.rows.contains {
        $0.canonical == canonical && $0.presence == .always
      }
  }

  private func need(_ canonical: String, dimensions: Int? = nil) throws -> TensorInfo {
    guard let tensor = reading.tensor(canonical) else {
      let row = reading.convention.row(canonical)
      let name = reading.prefix.text + NamePattern.name(row?.foreign.first ?? canonical, block: 0)
      throw MISTError(
        .convertMissingTensor, file: file, at: "tensor \(quoted(name))",
        "convention \(reading.convention.name) needs it and it is missing"
          + Nearest.names(to: name, among: reading.unmapped.map(\.name)))
    }
    if let dimensions, tensor.shape.count != dimensions {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(tensor.name))",
        "expected \(dimensions) dimensions, found shape \(tensor.shape)")
    }
    return tensor
  }

  private func positionRows() throws -> Int {
    let tensor = try need("pos_embed")
    guard tensor.shape.count >= 2, tensor.shape.dropLast(2).allSatisfy({ $0 == 1 }) else {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(tensor.name))",
        "expected one row per position, found shape \(tensor.shape)")
    }
    return tensor.shape[tensor.shape.count - 2]
  }

  private func registerTokens() throws -> Int {
    guard let tensor = reading.tensor("register_tokens") else { return first(\.registerTokens)?.0 ?? 0 }
    guard tensor.shape.count >= 2 else {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(tensor.name))",
        "expected [1, registers, width], found \(tensor.shape)")
    }
    return tensor.shape[tensor.shape.count - 2]
  }

  private mutating func heads(_ width: Int) -> Int {
    if let (heads, _) = first(\.heads) { return heads }
    guard let heads = Self.usualHeads[width] else {
      unknownHeads = MISTError(
        .convertUnknownHeads, file: file,
        "nothing says how many attention heads a width of \(width) is divided into",
        advice: "give --heads, or put the model's config.json beside it")
      return 1
    }
    assumptions.append("\(heads) attention heads, as published models of width \(width) have")
    return heads
  }

  /// The image size behind the position embedding's `rows`, and whether one of them is the class token's.
  private mutating func grid(_ rows: Int, _ patch: Int, _ classToken: Bool) throws -> (
    size: [Int], classPosition: Bool
  ) {
    if let (size, origin) = first(\.imageSize), size.count == 2,
      size.allSatisfy({ $0 >= patch && $0 <= 65_536 })
    {
      let patches = (size[0] / patch) * (size[1] / patch)
      if patches == rows { return (size, false) }
      if patches + 1 == rows, classToken { return (size, true) }
      if origin.hasPrefix("--") {
        throw MISTError(
          .convertConfigurationMismatch, file: file,
          "\(origin) \(size[0])x\(size[1]) has \(patches) patches of \(patch) pixels, the position embedding \(rows) rows"
        )
      }
      assumptions.append(
        "\(origin)'s image size \(size) is not the position embedding's, which has \(rows) rows")
    }
    for classPosition in classToken ? [true, false] : [false] {
      let patches = rows - (classPosition ? 1 : 0)
      guard (1...1 << 32).contains(patches) else { continue }
      let side = Int(Double(patches).squareRoot().rounded())
      guard side * side == patches else { continue }
      if first(\.imageSize) == nil {
        assumptions.append(
          "a square image of \(side * patch) pixels: the position embedding has \(rows) rows")
      }
      return ([side * patch, side * patch], classPosition)
    }
    throw MISTError(
      .convertConfigurationMismatch, file: file,
      "a position embedding of \(rows) rows is no square grid of patches"
        + (classToken ? ", with or without a class token" : " and there is no class token"),
      advice:
        "give --image-size HEIGHTxWIDTH if the image is not square; otherwise a tensor is missing or this model "
        + "has other tokens than CLS and registers")
  }

  /// What hints say about sizes that the tensors show as well.
  private func check(_ c: ViTConfiguration) throws {
    for hint in hints {
      let pairs: [(String, Int?, Int)] = [
        ("width", hint.width, c.width), ("depth", hint.depth, c.depth),
        ("patch size", hint.patchSize, c.patchSize),
        ("MLP width", c.mlp == .gelu ? hint.mlpWidth : nil, c.mlpWidth),
        ("number of register tokens", hint.registerTokens, c.registerTokens),
      ]
      for (what, said, shown) in pairs {
        if let said, said != shown {
          throw MISTError(
            .convertConfigurationMismatch, file: file,
            "\(hint.origin) says a \(what) of \(said), the tensors show \(shown)",
            advice: "some of its tensors are missing, or \(hint.origin) belongs to another model")
        }
      }
      if let said = hint.classToken, said != c.classToken {
        throw MISTError(
          .convertConfigurationMismatch, file: file,
          "\(hint.origin) says that there is \(said ? "a" : "no") class token, the tensors show the opposite")
      }
    }
    if let flaw = c.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
  }

  private func first<T>(_ path: KeyPath<ConfigurationHints, T?>) -> (T, String)? { hints.first(path) }
}
