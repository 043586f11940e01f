import MISTFormats

/// Works out what transformers on patch tokens have in common from tensor names and shapes, and from hints for what they do not
/// show.
struct TransformerInference {
  let reading: Reading
  /// Earlier ones win.
  let hints: [ConfigurationHints]
  let file: String
  /// What had to be assumed, and from where other facts came: sentences without a full stop.
  var assumptions: [String] = []
  /// Set where nothing says how many heads there are, or which image a position embedding is for. Thrown after the tensors have been checked: a checkpoint that is
  /// damaged as well is better explained by the damage.
  var unknown: MISTError?

  init(_ reading: Reading, hints: [ConfigurationHints], file: String) {
    self.reading = reading
    self.hints = hints
    self.file = file
  }

  /// Attention heads of the widths that published models have.
  private static let usualHeads = [
    192: 3, 256: 4, 320: 5, 384: 6, 512: 8, 640: 10, 768: 12, 896: 14, 1024: 16, 1152: 16, 1280: 16, 1408: 16,
    1536: 24,
    1664: 16,
  ]

  /// Width and patch size. Throws `convert.missing-tensor` and `convert.shape-mismatch`.
  func patchEmbedding() throws -> (width: Int, patchSize: Int) {
    let patch = try need("patch_embed.weight")
    guard patch.shape.count == 4, patch.shape[1] == 3, patch.shape[2] == patch.shape[3],
      (1...ModelLimits.width).contains(patch.shape[0]), (1...ModelLimits.patchSize).contains(patch.shape[2])
    else {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(patch.name))",
        "expected a patch embedding's [width, 3, patch, patch], found \(patch.shape)")
    }
    return (patch.shape[0], patch.shape[2])
  }

  /// The MLP's hidden width and kind. Throws `convert.missing-tensor` and `convert.shape-mismatch`.
  func mlp() throws -> (width: Int, kind: TransformerMLP) {
    let fc2 = try need("blocks.{i}.mlp.fc2.weight", dimensions: 2)
    let fc1 = try need("blocks.{i}.mlp.fc1.weight", dimensions: 2)
    let width = fc2.shape[1]
    let gated = reading.has(.swiglu) || (fc1.shape[0] % 2 == 0 && fc1.shape[0] / 2 == width)
    return (width, gated ? .swiglu : .gelu)
  }

  /// Throws `convert.shape-mismatch`.
  func registerTokens() throws -> Int {
    guard let tensor = reading.tensor("register_tokens") else { return first(\.registerTokens) ?? 0 }
    guard tensor.shape.count >= 2 else {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(tensor.name))",
        "expected [1, registers, width], found \(tensor.shape)")
    }
    return tensor.shape[tensor.shape.count - 2]
  }

  /// Attention heads; 1 where nothing says them.
  mutating func heads(_ width: Int) -> Int {
    if let shown = reading.shownHeads { return shown }
    if let heads = first(\.heads) { return heads }
    guard let heads = Self.usualHeads[width] else {
      unknown = MISTError(
        .convertUnknownHeads, file: file,
        "nothing says how many attention heads a width of \(width) is divided into",
        advice: "give --heads, or put the model's config.json beside it")
      return 1
    }
    assumptions.append("\(heads) attention heads, as published models of width \(width) have")
    return heads
  }

  /// Epsilons of the blocks' norms and of the last one; `before`: whether there is a norm before the first block.
  /// Throws `convert.unsupported-model` when sites that share an epsilon here have different ones.
  mutating func epsilons(depth: Int, before: Bool) throws -> EpsilonInference.Transformer {
    let norms = try EpsilonInference(reading, hints: hints, file: file).run(depth: depth, before: before)
    if let assumption = norms.assumption { assumptions.append(assumption) }
    return norms.epsilons
  }

  /// Whether any tensor of this canonical name is there, or the convention demands it of every model.
  func exists(_ canonical: String) -> Bool {
    reading.tensor(canonical) != nil
      || reading.convention.rows.contains { $0.canonical == canonical && $0.presence == .always }
  }

  func need(_ canonical: String, dimensions: Int? = nil) throws -> TensorInfo {
    try reading.need(canonical, dimensions: dimensions, file: file)
  }

  func first<T>(_ path: KeyPath<ConfigurationHints, T?>) -> T? { hints.first(path)?.0 }
}

extension Reading {
  /// Attention heads where a kernel has an axis for them.
  var shownHeads: Int? {
    guard let (tensor, row) = place("blocks.{i}.attn.qkv.weight"), row.transform == .concatHeads,
      tensor.shape.count == 3, tensor.shape[1] > 0
    else { return nil }
    return tensor.shape[1]
  }
}
