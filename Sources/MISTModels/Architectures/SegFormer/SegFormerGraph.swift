import MISTFormats

/// A graph's facts at the places of a SegFormer.
struct SegFormerGraph {
  private let graph: GraphHints
  private let reading: Reading
  private let file: String

  init(_ graph: GraphHints, _ reading: Reading, file: String) {
    self.graph = graph
    self.reading = reading
    self.file = file
  }

  /// The module that holds the first foreign tensor of `canonical`, with its prefix.
  func module(_ canonical: String, stage: Int? = nil, block: Int? = nil) -> String? {
    guard let row = reading.convention.row(canonical + ".weight") else { return nil }
    let name = reading.foreignName(row, at: NameIndex(stage: stage, block: block))
    return ParameterName.module(of: name, parameter: "weight")
  }

  /// Heads of every stage, nil unless the graph shows all. Throws `convert.graph-mismatch` when blocks of a stage differ.
  func heads() throws -> [Int]? {
    var list: [Int] = []
    for (s, depth) in reading.depths.enumerated() {
      let found = (0..<depth).compactMap { i in
        module("stages.{s}.blocks.{i}.attn.q", stage: s, block: i).flatMap { graph.attentions[$0]?.heads }
      }
      let distinct = Set(found)
      if distinct.count > 1 {
        throw MISTError(
          .convertGraphMismatch, file: file, at: "stage \(s + 1)",
          "its blocks have different numbers of heads, \(distinct.sorted()), and one for a stage is supported"
        )
      }
      guard let one = distinct.first else { return nil }
      list.append(one)
    }
    return list.isEmpty ? nil : list
  }

  /// Strides of every stage's patch embedding, nil unless the graph shows all.
  func strides() -> [Int]? {
    let list = reading.depths.indices.map { s in
      module("stages.{s}.patch_embed", stage: s).flatMap { graph.convolutions[$0]?.strides.first }
    }
    return list.isEmpty ? nil : list as? [Int]
  }

  var batchNormEpsilon: Float? { module("decode_head.batch_norm").flatMap { graph.epsilons[$0] } }

  /// Throws `convert.attention-scale`, `convert.activation` and `convert.graph-mismatch`.
  func check(_ c: SegFormerConfiguration) throws {
    try graph.check(activation: .geluErf, file: file)
    for (s, stage) in c.stages.enumerated() {
      let p = "stages.{s}."
      let half = stage.patchSize / 2
      try check(p + "patch_embed", s, nil, stride: stage.stride, padding: half)
      for i in 0..<stage.depth {
        let b = p + "blocks.{i}."
        if let module = module(b + "attn.q", stage: s, block: i), let attention = graph.attentions[module] {
          try GraphHints.check(
            scale: attention.scale, width: stage.width, heads: stage.heads, place: module, file: file)
        }
        if stage.reduction > 1 { try check(b + "attn.reduction", s, i, stride: stage.reduction, padding: 0) }
        try check(b + "mlp.dwconv", s, i, stride: 1, padding: 1, groups: stage.mlpWidth)
      }
    }
    if let head = c.decodeHead { try check(head, levels: c.stages.count) }
  }

  /// Compares a convolution that the graph shows.
  private func check(
    _ canonical: String, _ stage: Int?, _ block: Int?, stride: Int, padding: Int, groups: Int = 1
  ) throws {
    guard let module = module(canonical, stage: stage, block: block) else { return }
    let expected = GraphHints.Convolution(
      strides: [stride, stride], padding: [padding, padding, padding, padding], dilations: [1, 1],
      groups: groups)
    let found = graph.convolutions[module]
    guard found != expected else { return }
    throw mismatch(
      module,
      "expected a convolution of \(describe(expected)), found " + (found.map(describe) ?? "none with numbers")
    )
  }

  private func check(_ head: SegFormerConfiguration.DecodeHead, levels: Int) throws {
    guard head.kind == .linear else {
      throw MISTError(
        .convertUnsupportedModel, file: file, at: "decode head",
        "it is mmsegmentation's, whose arithmetic is not checked in ONNX graphs",
        advice: "convert the checkpoint that the graph was exported from")
    }
    for part in ["fuse", "classifier"] { try check("decode_head." + part, nil, nil, stride: 1, padding: 0) }
    guard let module = module("decode_head.fuse") else { return }
    guard let fusion = graph.fusions[module] else {
      throw mismatch(module, "expected the levels' maps joined before it, found another input")
    }
    let expected = (0..<levels).reversed().map { self.module("decode_head.linear.{s}", stage: $0) }
    guard fusion.levels == expected else {
      let found = fusion.levels.map { $0 ?? "an unknown map" }.joined(separator: ", ")
      throw mismatch(module, "expected the levels joined from the last to the first, found \(found)")
    }
    // The two differ only for maps of one pixel.
    for resize in fusion.resizes.sorted()
    where !["linear half_pixel", "linear pytorch_half_pixel"].contains(resize) {
      throw mismatch(
        module, "expected maps resized bilinearly without aligned corners, found \(quoted(resize))")
    }
    guard fusion.activation == "Relu" else {
      throw mismatch(module, "expected a Relu after it, found \(fusion.activation ?? "several readers")")
    }
  }

  private func mismatch(_ module: String, _ problem: String) -> MISTError {
    MISTError(
      .convertGraphMismatch, file: file, at: "module \(quoted(module))", problem,
      advice: "only SegFormer's own computation is supported")
  }

  private func describe(_ c: GraphHints.Convolution) -> String {
    "stride \(c.strides), padding \(c.padding), dilation \(c.dilations), \(c.groups) groups"
  }
}

extension SegFormerHints {
  /// What an ONNX graph shows. Throws `convert.unsupported-model` and `convert.graph-mismatch` when it computes something
  /// else than this suite does.
  init(graph: GraphHints, _ reading: Reading, file: String) throws {
    self.init(origin: "the graph")
    let places = SegFormerGraph(graph, reading, file: file)
    heads = try places.heads()
    strides = places.strides()
    batchNormEpsilon = places.batchNormEpsilon
    try graph.refuseNormalizedInput(file: file)
  }
}
