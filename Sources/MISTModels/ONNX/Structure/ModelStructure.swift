import MISTFormats

/// The way of the residual stream through whole models.
extension StructureRecovery {
  /// Reads a plain vision transformer, with its classifier if there is one; returns the last result.
  mutating func readViT(_ firstNorm: NormSite) throws -> String {
    let tokens = try TokenStructure(firstNorm.input, from: convolution, in: view)
    guard let width = convolution.rows else { return convolution.output }
    try take(convolution, as: "patch_embed", isLinear: false)
    try takeTokens(tokens, width: width)
    var x = view.root(firstNorm.input)
    if view.sums[x] == nil {
      try take(firstNorm, as: "pre_norm")
      x = view.root(firstNorm.output)
    }
    var depth = 0
    while let middle = try attentionHalf(x, "blocks.\(depth)", isReduced: false) {
      x = try mlpHalf(middle, "blocks.\(depth)", isMix: false)
      depth += 1
    }
    guard depth > 0 else {
      throw view.unexpected(
        x, expected: "a transformer block after the patch embedding", found: "no residual sum")
    }
    let last = try finalNorm(x)
    try take(last, as: "final_norm")
    return try takeClassifier(after: last, of: x, hasPrefix: !tokens.prefix.isEmpty) ?? last.output
  }

  private mutating func takeTokens(_ tokens: TokenStructure, width: Int) throws {
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
    let choosing: Set<String> = ["Slice", "Gather", "ReduceMean"]
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

  /// Reads a SegFormer, with its decode head or classifier if there is one; returns the last result.
  mutating func readSegFormer() throws -> String {
    var ends: [String] = []
    var embedding = convolution
    while true {
      let stage = "stages.\(ends.count)"
      try take(embedding, as: stage + ".patch_embed", isLinear: false)
      let norm = try norm(of: embedding.output, stage + ".patch_norm")
      try take(norm, as: stage + ".patch_norm")
      var x = view.root(norm.output)
      var depth = 0
      while let middle = try attentionHalf(x, "\(stage).blocks.\(depth)", isReduced: true) {
        x = try mlpHalf(middle, "\(stage).blocks.\(depth)", isMix: true)
        depth += 1
      }
      guard depth > 0 else {
        throw view.unexpected(x, expected: "a transformer block in \(stage)", found: "no residual sum")
      }
      let last = try self.norm(of: x, stage + ".norm")
      try take(last, as: stage + ".norm")
      let end = view.root(last.output)
      ends.append(end)
      let next = (view.readers[end] ?? []).filter { view.isConvolution($0) && $0.isOverlapping(in: graph) }
      guard next.count <= 1 else {
        throw view.unexpected(
          last.output, expected: "one patch embedding after \(stage)", found: "\(next.count)")
      }
      guard let following = next.first else {
        return try readDecodeHead(ends) ?? takeClassifier(after: last, of: x, hasPrefix: false) ?? last.output
      }
      embedding = following
    }
  }

  /// Reads the decode head that joins all stages; nil where there is none of SegFormer's kind.
  private mutating func readDecodeHead(_ ends: [String]) throws -> String? {
    let fuse = view.products.first { site in
      view.isConvolution(site) && levels(joinedBefore: site)?.count == ends.count
    }
    guard let fuse, let levels = levels(joinedBefore: fuse) else { return nil }
    let order = levels.map { ends.firstIndex(of: view.root(view.input($0))) }
    guard Set(order).count == ends.count, !order.contains(nil) else { return nil }
    for (stage, level) in zip(order, levels) {
      if let stage { try take(level, as: "decode_head.linear.\(stage)") }
    }
    try take(fuse, as: "decode_head.fuse", isLinear: false)
    var value = fuse.output
    if let i = graph.soleReader(of: value), case let norm = graph.graph.nodes[i],
      norm.opType == "BatchNormalization",
      norm.inputs.count >= 5, let output = norm.outputs.first
    {
      for (input, part) in zip(norm.inputs[1...4], ["weight", "bias", "mean", "variance"]) {
        guard let constant = graph.constant(input) else { continue }
        try take(constant, as: "decode_head.batch_norm." + part)
      }
      var epsilon: Float = 1e-5  // ONNX's default for the attribute
      if case .float(let x)? = norm.attributes["epsilon"] { epsilon = x }
      hints.epsilons["decode_head.batch_norm"] = epsilon
      value = output
    }
    guard let i = graph.soleReader(of: value), let activated = graph.graph.nodes[i].outputs.first,
      let classifier = view.readers[activated]?.first, view.isConvolution(classifier)
    else { throw view.unexpected(value, expected: "an activation and the classifier's convolution after it") }
    try take(classifier, as: "decode_head.classifier", isLinear: false)
    return classifier.output
  }

  /// The linear layers behind the maps that are joined before a convolution, in order.
  private func levels(joinedBefore site: ProductSite) -> [ProductSite]? {
    guard let join = view.node(view.root(view.input(site))), join.opType == "Concat" else { return nil }
    var levels: [ProductSite] = []
    for input in join.inputs {
      var value = view.root(input)
      var steps = 0
      while steps < StructureView.walkLength, let node = view.node(value), node.opType == "Resize",
        let source = node.inputs.first
      {
        value = view.root(source)
        steps += 1
      }
      guard let level = view.product(value) else { return nil }
      levels.append(level)
    }
    return levels
  }
}
