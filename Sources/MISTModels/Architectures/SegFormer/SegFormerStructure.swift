import MISTFormats

/// A SegFormer: stages of an overlapping patch embedding, blocks and a norm, then a decode head or classifier if there is one.
enum SegFormerStructure: GraphStructure {
  /// Patches that overlap are the first of several stages, each with other channels.
  static func fits(_ recovery: StructureRecovery, _ firstNorm: NormSite) -> Bool {
    recovery.convolution.isOverlapping(in: recovery.graph)
  }

  static func read(_ recovery: inout StructureRecovery, _ firstNorm: NormSite) throws -> String {
    try recovery.readSegFormer()
  }
}

extension StructureRecovery {
  /// Reads a SegFormer, with its decode head or classifier if there is one; returns the last result.
  fileprivate mutating func readSegFormer() throws -> String {
    var ends: [String] = []
    var sizes: [[Int]] = []
    var embedding = convolution
    while true {
      let stage = "stages.\(ends.count)"
      guard let size = view.layout.shapes[embedding.output]?.suffix(2), let channels = embedding.rows else {
        throw view.unexpected(embedding.output, expected: "a map of \(stage)'s patches")
      }
      if let before = ends.last { try expect(embedding, toRead: before, "the norm of the stage before") }
      mapSize = Array(size)
      sizes.append(mapSize)
      try take(embedding, as: stage + ".patch_embed", isLinear: false)
      let norm = try norm(of: embedding.output, stage + ".patch_norm")
      try take(norm, as: stage + ".patch_norm")
      var x = view.root(norm.output)
      var depth = 0
      while let middle = try attentionHalf(
        x, "\(stage).blocks.\(depth)", channels: channels, isReduced: true)
      {
        x = try mlpHalf(middle, "\(stage).blocks.\(depth)", channels: channels, isMix: true)
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
        mapSize = []
        return try readDecodeHead(ends, sizes) ?? takeClassifier(after: last, of: x, prefix: 0) ?? last.output
      }
      embedding = following
    }
  }

  /// Reads the decode head that joins all stages; nil where there is none of SegFormer's kind.
  private mutating func readDecodeHead(_ ends: [String], _ sizes: [[Int]]) throws -> String? {
    let fuse = view.products.first { site in
      view.isConvolution(site) && levels(joinedBefore: site)?.count == ends.count
    }
    guard let fuse, let levels = levels(joinedBefore: fuse) else { return nil }
    let order = levels.map { ends.firstIndex(of: view.root(view.input($0))) }
    guard Set(order).count == ends.count, !order.contains(nil) else { return nil }
    for (stage, level) in zip(order, levels) {
      guard let stage else { continue }
      try expect(level, toRead: ends[stage], "the norm of stages.\(stage)")
      try take(level, as: "decode_head.linear.\(stage)")
    }
    try expectMaps(before: fuse, sizes: order.map { $0.map { sizes[$0] } ?? [] })
    try take(fuse, as: "decode_head.fuse")
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
      let classifier = view.readers[activated]?.first, view.isConvolution(classifier),
      view.plain(view.input(classifier)) == activated
    else { throw view.unexpected(value, expected: "an activation and the classifier's convolution after it") }
    try take(classifier, as: "decode_head.classifier")
    return classifier.output
  }

  /// Throws unless a convolution reads joined maps as they are, each its layer's result of its stage's size, perhaps resized.
  private func expectMaps(before site: ProductSite, sizes: [[Int]]) throws {
    let joined = view.plain(view.input(site))
    guard let join = view.node(joined), join.opType == "Concat", join.inputs.count == sizes.count else {
      throw view.unexpected(joined, expected: "the levels' maps joined before the decode head's convolution")
    }
    for (input, size) in zip(join.inputs, sizes) {
      var value = view.plain(input)
      for _ in 0..<StructureView.walkLength {
        guard let node = view.node(value), node.opType == "Resize", let source = node.inputs.first else {
          break
        }
        value = view.plain(source)
      }
      let shape = view.layout.shapes[value] ?? []
      guard shape.count == 4, Array(shape.suffix(2)) == size,
        arrangement(of: value, channels: shape[1]).contains(.map)
      else { throw view.unexpected(value, expected: "a level's map of \(size)", found: "one of \(shape)") }
    }
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
