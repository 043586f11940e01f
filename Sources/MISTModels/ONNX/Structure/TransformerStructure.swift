import MISTFormats

/// What gives a transformer's patch tokens their places.
enum PositionKind {
  /// A stored embedding added to the tokens.
  case added
  /// Rotations of queries and keys.
  case turned
}

extension StructureRecovery {
  /// Reads a pre-norm transformer on patch tokens, with its classifier if there is one; returns the last result.
  mutating func readTransformer(
    _ firstNorm: NormSite, positions: PositionKind = .added, biases: AttentionBiases = .together
  ) throws -> String {
    let tokens = try TokenStructure(firstNorm.input, from: convolution, in: view)
    guard let width = convolution.rows else { return convolution.output }
    try expectPatches(convolution)
    try take(convolution, as: "patch_embed", isLinear: false)
    try takeTokens(tokens, width: width, positions)
    var x = view.root(firstNorm.input)
    try expectTokens(x, tokens, width: width)
    let prefixCount = prefixTokens.reduce(0) { $0 + $1.info.shape[1] }
    arranged[x] = .tokens
    if view.sums[x] == nil {
      let norm = try norm(of: x, "the norm before the blocks")
      try take(norm, as: "pre_norm")
      x = view.root(norm.output)
    }
    var depth = 0
    while let middle = try attentionHalf(x, "blocks.\(depth)", channels: width, biases: biases) {
      x = try mlpHalf(middle, "blocks.\(depth)", channels: width, isMix: false)
      depth += 1
    }
    guard depth > 0 else {
      throw view.unexpected(
        x, expected: "a transformer block after the patch embedding", found: "no residual sum")
    }
    let last = try finalNorm(x)
    try take(last, as: "final_norm")
    return try takeClassifier(after: last, of: x, prefix: prefixCount) ?? last.output
  }

  private mutating func takeTokens(_ tokens: TokenStructure, width: Int, _ kind: PositionKind) throws {
    func tensor(_ pieces: TokenPieces, _ name: String) throws -> RecoveredTensor {
      guard let tensor = pieces.tensor(named: name, width: width) else {
        throw MISTError(
          .onnxUnknownStructure, file: graph.archive.path,
          at: pieces.sources.first.map { "tensor \(quoted($0.info.name))" },
          "expected \(name) of \(width) channels, found \(pieces.sources.map { "\($0.info.shape)" }.joined(separator: ", "))"
        )
      }
      return tensor
    }
    if let first = tokens.prefix.first {
      let token = try tensor(first, "cls_token")
      guard token.info.shape[1] == 1 else {
        throw MISTError(
          .onnxUnknownStructure, file: graph.archive.path, at: "tensor \(quoted(token.pieces[0].tensor))",
          "expected one class token, found \(token.info.shape[1]) tokens in one, which may be registers too",
          advice: "export the model again without joining its constants")
      }
      try take(token)
    }
    if tokens.prefix.count > 1 {
      let parts = try tokens.prefix.dropFirst().map { try tensor($0, "register_tokens") }
      let count = parts.reduce(0) { $0 + $1.info.shape[1] }
      try take(
        RecoveredTensor(
          "register_tokens", dtype: parts[0].info.dtype, shape: [1, count, width],
          pieces: parts.flatMap(\.pieces)))
    }
    guard kind == .added else {
      if tokens.positions == nil { return }
      throw view.unexpected(
        convolution.output, expected: "tokens without position embeddings", found: "some added")
    }
    guard let positions = tokens.positions else {
      throw view.unexpected(
        convolution.output, expected: "position embeddings added to the tokens", found: "none")
    }
    let tensor = try tensor(positions, "pos_embed")
    try take(tensor)
    let isResized = positions.sources.contains { $0.path.contains("Resize") }
    notes.append(
      "pos_embed: \(tensor.info.shape[1]) positions, "
        + (isResized
          ? "stored as trained, the graph resizes them itself"
          : "at the grid the model was exported with, which may be a resized one"))
  }

  /// The norm at the end of the stream, also where some tokens were chosen or averaged before it.
  private func finalNorm(_ x: String) throws -> NormSite {
    if view.norms[x] != nil { return try norm(of: x, "the final norm") }
    let choosing: Set<String> = ["Slice", "Gather", "Split"]
    for (input, norms) in view.norms {
      var value = input
      for _ in 0..<StructureView.walkLength {
        guard let node = view.node(value), choosing.contains(node.opType), let source = node.inputs.first
        else { break }
        value = view.root(source)
      }
      if value == x, let norm = norms.first { return norm }
    }
    throw view.unexpected(x, expected: "a final layer norm", found: "none")
  }
}
