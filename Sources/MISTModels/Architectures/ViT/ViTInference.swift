import MISTFormats

/// Works out a `ViTConfiguration` from tensor names and shapes, and from hints for what they do not show.
struct ViTInference {
  private let defaults: Convention.ViTDefaults
  private(set) var common: TransformerInference

  init(
    _ reading: Reading, defaults: Convention.ViTDefaults, hints: [ConfigurationHints], file: String
  ) {
    self.defaults = defaults
    common = TransformerInference(reading, hints: hints, file: file)
  }

  /// Throws `convert.missing-tensor`, `convert.shape-mismatch`, `convert.configuration-mismatch`.
  mutating func run() throws -> ViTConfiguration {
    let (reading, hints, file) = (common.reading, common.hints, common.file)
    let (width, patchSize) = try common.patchEmbedding()
    let mlp = try common.mlp()
    let positions = try positionRows()
    let classRow = reading.convention.row("cls_token")
    let registers = try common.registerTokens()
    let classToken =
      reading.tensor("cls_token") != nil || classRow?.presence == .always
      || common.first(\.classToken) ?? expectsClassToken(positions, patchSize, registers)
    let grid = try PositionGrid(
      rows: positions, patch: patchSize, classToken: classToken, classPosition: classPosition(),
      registers: registers, hints: hints, file: file)
    if let assumption = grid.assumption { common.assumptions.append(assumption) }
    common.unknown = grid.unknown

    var c = ViTConfiguration(
      width: width, depth: reading.depth, heads: common.heads(width), mlpWidth: mlp.width, mlp: mlp.kind,
      patchSize: patchSize, imageSize: grid.imageSize, registerTokens: registers, classToken: classToken,
      classPosition: grid.classPosition,
      qkvBias: common.exists("blocks.{i}.attn.qkv.bias") || common.first(\.qkvBias) == true,
      layerScale: common.exists("blocks.{i}.ls1") || common.exists("blocks.{i}.ls2"),
      preNorm: common.exists("pre_norm.weight") || common.exists("pre_norm.bias"))
    c.positionResize = defaults.positionResize(c)
    c.classifier = try reading.classifier(common.first(\.pooling), file: file)
    let norms = try common.epsilons(depth: c.depth, before: c.preNorm)
    (c.epsilon.preNorm, c.epsilon.block, c.epsilon.final) = (norms.before, norms.block, norms.final)
    try hints.check(c, heads: reading.shownHeads, file: file)
    try hints.checkParts(c, file: file)
    if let flaw = c.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
    return c
  }

  /// Whether a file without a class token, of which nothing is said, should have one. Not where each position is a patch's and there
  /// are no other tokens: then the model was trained without.
  private mutating func expectsClassToken(_ positions: Int, _ patchSize: Int, _ registers: Int) -> Bool {
    guard defaults.alwaysClassToken else { return false }
    guard registers == 0, PositionGrid.isWhole(positions, patch: patchSize, hints: common.hints) else {
      return true
    }
    common.assumptions.append(
      "no class token: the file has none, and its position embedding has a row for every patch and no more")
    return false
  }

  /// Whether a class token has a position, where that does not depend on the rows that there are.
  private func classPosition() -> Bool? {
    // Where the token itself is missing, that is what is to be said.
    guard common.reading.tensor("cls_token") != nil else { return nil }
    if let said = common.first(\.classPosition) ?? defaults.classPosition { return said }
    func has(_ canonical: String, called name: String) -> Bool {
      common.reading.tensor(canonical)?.name.hasSuffix(name) == true
    }
    // DeiT III, whose own files alone have these names; and timm gives positions to registers and class token or to neither.
    return has("blocks.{i}.ls1", called: "gamma_1") || has("register_tokens", called: "reg_token")
      ? false : nil
  }

  private func positionRows() throws -> Int {
    let tensor = try common.need("pos_embed")
    guard tensor.shape.count >= 2, tensor.shape.dropLast(2).allSatisfy({ $0 == 1 }) else {
      throw MISTError(
        .convertShapeMismatch, file: common.file, at: "tensor \(quoted(tensor.name))",
        "expected one row per position, found shape \(tensor.shape)")
    }
    return tensor.shape[tensor.shape.count - 2]
  }
}
