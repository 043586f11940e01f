import MISTFormats

/// Works out a `SegFormerConfiguration` from tensor names and shapes, and from hints for what they do not show.
struct SegFormerInference {
  let reading: Reading
  let defaults: Convention.SegFormerDefaults
  /// Earlier ones win.
  let hints: [SegFormerHints]
  /// Epsilons that an option or a graph shows.
  let epsilons: EpsilonInference
  let file: String
  /// What had to be assumed: sentences without a full stop.
  private(set) var assumptions: [String] = []
  /// Set where nothing says how many heads or which strides there are. Thrown after the tensors have been checked: a
  /// checkpoint that is damaged as well is better explained by the damage.
  private(set) var unknown: MISTError?

  init(
    _ reading: Reading, defaults: Convention.SegFormerDefaults, hints: [SegFormerHints],
    epsilons: EpsilonInference, file: String
  ) {
    self.reading = reading
    self.defaults = defaults
    self.hints = hints
    self.epsilons = epsilons
    self.file = file
  }

  /// Heads of the stages of published models, by their widths.
  private static let usualHeads = [[32, 64, 160, 256]: [1, 2, 5, 8], [64, 128, 320, 512]: [1, 2, 5, 8]]
  /// Strides of published models by patch size.
  private static let usualStrides = [7: 4, 3: 2]

  /// Throws `convert.missing-tensor`, `convert.shape-mismatch`, `convert.configuration-mismatch`.
  mutating func run() throws -> SegFormerConfiguration {
    var stages: [SegFormerConfiguration.Stage] = []
    for s in 0..<max(1, reading.depths.count) { stages.append(try stage(s, below: stages.last)) }
    inferStrides(&stages)
    inferHeads(&stages)
    var c = SegFormerConfiguration(stages: stages)
    c.decodeHead = try decodeHead()
    c.classifier = try reading.classifier(nil, file: file)
    let norms = try epsilons.run(c, defaults: defaults.epsilons)
    c.epsilon = norms.epsilons
    if let assumption = norms.assumption { assumptions.append(assumption) }
    if let said = hints.first(\.unusedEpsilon) {
      assumptions.append(
        "layer_norm_eps \(said) of config.json is not used, because transformers does not use it")
    }
    for hint in hints { try hint.check(c, file: file) }
    if let flaw = c.flaw { throw MISTError(.convertConfigurationMismatch, file: file, flaw) }
    return c
  }

  /// The decode head's or classifier's class names, where something says them.
  func classNames(_ c: SegFormerConfiguration) -> [String]? {
    c.decodeHead == nil && c.classifier == nil ? nil : hints.first(\.classNames)
  }

  /// Sizes of one stage; heads and stride are left at 1.
  private func stage(
    _ s: Int, below: SegFormerConfiguration.Stage?
  ) throws -> SegFormerConfiguration.Stage {
    let index = NameIndex(stage: s)
    func need(_ name: String, _ dimensions: Int) throws -> TensorInfo {
      try reading.need("stages.{s}." + name, at: index, dimensions: dimensions, file: file)
    }
    let patch = try need("patch_embed.weight", 4)
    let channels = below?.width ?? 3
    guard patch.shape[1] == channels, patch.shape[2] == patch.shape[3],
      (1...ModelLimits.width).contains(patch.shape[0]), (1...ModelLimits.patchSize).contains(patch.shape[2])
    else {
      throw MISTError(
        .convertShapeMismatch, file: file, at: "tensor \(quoted(patch.name))",
        "expected a patch embedding's [width, \(channels), patch, patch], found \(patch.shape)")
    }
    let linear = reading.convention.row("stages.{s}.blocks.{i}.mlp.fc1.weight")?.transform
    let fc1 = try need("blocks.{i}.mlp.fc1.weight", linear == .pointwise ? 4 : 2)
    var reduction = 1
    if reading.has(.reduction, stage: s) || (hints.first(\.reductions)?[checked: s] ?? 1) > 1 {
      let kernel = try need("blocks.{i}.attn.reduction.weight", 4)
      guard kernel.shape[2] == kernel.shape[3], (2...256).contains(kernel.shape[2]) else {
        throw MISTError(
          .convertShapeMismatch, file: file, at: "tensor \(quoted(kernel.name))",
          "expected a reduction's [width, width, side, side], found \(kernel.shape)")
      }
      reduction = kernel.shape[2]
    }
    return SegFormerConfiguration.Stage(
      width: patch.shape[0], depth: reading.depths[checked: s] ?? 0, heads: 1, reduction: reduction,
      mlpWidth: fc1.shape[0], patchSize: patch.shape[2], stride: 1)
  }

  private mutating func inferStrides(_ stages: inout [SegFormerConfiguration.Stage]) {
    var assumed: [Int] = []
    for s in stages.indices {
      if let said = hints.first(\.strides), said.count == stages.count {
        stages[s].stride = said[s]
      } else if let usual = Self.usualStrides[stages[s].patchSize] {
        stages[s].stride = usual
        assumed.append(usual)
      } else {
        unknown = MISTError(
          .convertUnknownStrides, file: file,
          "nothing says by which stride the patches of \(stages[s].patchSize) pixels of stage \(s + 1) move",
          advice: "put the model's config.json beside it")
      }
    }
    guard !assumed.isEmpty else { return }
    assumptions.append("strides \(list(assumed)), as published models with these patch sizes have")
  }

  private mutating func inferHeads(_ stages: inout [SegFormerConfiguration.Stage]) {
    let widths = stages.map(\.width)
    let said = hints.first(\.heads)
    guard let heads = said ?? Self.usualHeads[widths] else {
      unknown = MISTError(
        .convertUnknownHeads, file: file,
        "nothing says how many attention heads the stages' widths of \(list(widths)) are divided into",
        advice:
          "give --heads with one number per stage, such as 1,2,5,8, or put the model's config.json beside it")
      return
    }
    guard heads.count == stages.count else {
      unknown = MISTError(
        .convertConfigurationMismatch, file: file,
        "there are \(stages.count) stages, and \(heads.count) numbers of heads for them")
      return
    }
    for s in stages.indices { stages[s].heads = heads[s] }
    if said == nil {
      assumptions.append("\(list(heads)) attention heads, as published models of these widths have")
    }
  }

  private func decodeHead() throws -> SegFormerConfiguration.DecodeHead? {
    guard reading.has(.decodeHead) || reading.has(.batchNorm) || reading.has(.foldedBatchNorm) else {
      return nil
    }
    func need(_ name: String) throws -> TensorInfo {
      let isConvolution = reading.convention.row(name)?.transform == .pointwise
      return try reading.need(name, dimensions: isConvolution ? 4 : 2, file: file)
    }
    let fuse = try need("decode_head.fuse.weight")
    let classifier = try need("decode_head.classifier.weight")
    let folded = reading.has(.foldedBatchNorm) && !reading.has(.batchNorm)
    var head = SegFormerConfiguration.DecodeHead(
      kind: defaults.head, width: fuse.shape[0], classes: classifier.shape[0], batchNorm: !folded)
    if let epsilon = hints.first(\.batchNormEpsilon) { head.batchNormEpsilon = epsilon }
    return head
  }

  private func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: ", ") }
}

extension Array {
  fileprivate subscript(checked i: Int) -> Element? { indices.contains(i) ? self[i] : nil }
}
