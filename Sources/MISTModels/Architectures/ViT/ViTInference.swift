import MISTFormats

/// Works out a `ViTConfiguration` from tensor names and shapes, and from hints for what they do not show.
struct ViTInference {
  let reading: Reading
  private let defaults: Convention.ViTDefaults
  /// Earlier ones win.
  let hints: [ConfigurationHints]
  let file: String
  /// What had to be assumed, and from where other facts came: sentences without a full stop.
  private(set) var assumptions: [String] = []
  /// Set where nothing says how many heads there are. Thrown after the tensors have been checked: a checkpoint that is
  /// damaged as well is better explained by the damage.
  private(set) var unknownHeads: MISTError?

  init(
    _ reading: Reading, defaults: Convention.ViTDefaults, hints: [ConfigurationHints], file: String
  ) {
    self.reading = reading
    self.defaults = defaults
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
      (1...ModelLimits.width).contains(patch.shape[0]), (1...ModelLimits.patchSize).contains(patch.shape[2])
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
        ?? defaults.alwaysClassToken
    let registers = try registerTokens()
    let grid = try PositionGrid(
      rows: positions, patch: patchSize, classToken: classToken, hints: hints, file: file)
    if let assumption = grid.assumption { assumptions.append(assumption) }

    var c = ViTConfiguration(
      width: width, depth: reading.depth, heads: heads(width), mlpWidth: mlpWidth,
      mlp: gated ? .swiglu : .gelu,
      patchSize: patchSize, imageSize: grid.imageSize, registerTokens: registers, classToken: classToken,
      classPosition: grid.classPosition,
      qkvBias: exists("blocks.{i}.attn.qkv.bias") || first(\.qkvBias)?.0 == true,
      layerScale: exists("blocks.{i}.ls1") || exists("blocks.{i}.ls2"),
      preNorm: exists("pre_norm.weight") || exists("pre_norm.bias"))
    c.positionResize = defaults.positionResize(c)
    c.classifier = try reading.classifier(first(\.pooling)?.0, file: file)
    let norms = try EpsilonInference(reading, hints: hints, file: file).run(c)
    c.epsilon = norms.epsilons
    if let assumption = norms.assumption { assumptions.append(assumption) }
    try hints.check(c, heads: reading.shownHeads, file: file)
    if let flaw = c.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
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
    try reading.need(canonical, dimensions: dimensions, file: file)
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
    if let shown = reading.shownHeads { return shown }
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

  private func first<T>(_ path: KeyPath<ConfigurationHints, T?>) -> (T, String)? { hints.first(path) }
}

extension Reading {
  /// A ViT's attention heads where a kernel has an axis for them.
  var shownHeads: Int? {
    guard let (tensor, row) = place("blocks.{i}.attn.qkv.weight"), row.transform == .concatHeads,
      tensor.shape.count == 3, tensor.shape[1] > 0
    else { return nil }
    return tensor.shape[1]
  }
}
