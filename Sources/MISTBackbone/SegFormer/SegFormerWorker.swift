import MISTEdge
import MISTFormats
import MISTKernels
import MISTModels

/// One thread's forward pass: owns its scratch memory and allocates nothing per image but small handles.
final class SegFormerWorker: BackboneWorker {
  let backbone: SegFormerBackbone
  var onPart: ((Int) -> Void)? {
    didSet { report = onPart.map { onPart in { onPart($0.rawValue) } } }
  }

  private let plan: MapPlan
  private var report: ((SegFormerPart) -> Void)?
  private let context: ProductContext
  private let scratch: SegFormerScratch
  private let sums: GatherSums
  private let decoder: DecoderScratch?
  /// The mean of a stage's positions.
  private let mean: AlignedFloats

  /// Throws what `MapPlan` throws, `backbone.depth` for blocks that were not loaded, and the errors of a decode head that is
  /// asked for.
  init(_ backbone: SegFormerBackbone, _ outputs: [BackboneOutput]) throws {
    plan = try MapPlan(outputs, SegFormerCatalog(configuration: backbone.configuration))
    try MISTError.checkLoaded(plan.lastBlock, loaded: backbone.loadedDepth)
    self.backbone = backbone
    // Stream, norm and sums of the largest stage, and what a strip of rows takes: about two more.
    let shapes = backbone.stages.map(\.shape)
    try BackboneMemory.require(
      [[6, shapes.map(\.map.count).max() ?? 0], [shapes.map(\.attention.scratchCount).max() ?? 0]],
      imageSize: backbone.imageSize)
    context = try ProductContext(for: backbone.products, kernels: backbone.kernels)
    scratch = SegFormerScratch(backbone)
    sums = GatherSums(backbone, patches: scratch.patches, context: context)
    decoder = plan.logits.isEmpty ? nil : try backbone.decoder.map(DecoderScratch.init)
    mean = AlignedFloats(count: shapes.map(\.map.channels).max() ?? 0)
  }

  var outputs: [BackboneOutput] { plan.outputs }
  var lastBlock: Int { plan.lastBlock }

  func forward(_ pixels: UnsafeBufferPointer<Float>, emit: GatherSums.Emit) throws {
    try backbone.imageSize.check(pixels)
    guard var input = pixels.baseAddress else { return }
    let last = plan.lastBlock
    var depth = 0
    // Budgets whose coarser levels are still to come.
    var open = plan.budgets[...]
    for (index, stage) in backbone.stages.enumerated() {
      guard index == 0 || depth < last || !open.isEmpty else { break }
      if index > 0 && !open.isEmpty {
        try sums.enter(index)
        report?(.gather)
      }
      let blocks = min(stage.shape.stage.depth, last - depth)
      if index == 0 || blocks > 0 {
        try stage.embedding.run(
          input, into: scratch.stream.pointer, scratch: scratch.patches.pointer, context)
        report?(.patchEmbedding)
      }
      if index == 0 {
        if !open.isEmpty { sums.start(scratch.stream) }
        try emitDepth(0, stage, emit)
      }
      try close(&open, at: depth, index, emit)
      try run(stage, index, blocks, &depth, &open, emit)
      // Budgets beyond this stage share its whole sum.
      for budget in open { try sums.emit(index, budget, emit) }
      open.removeAll { $0.level <= index + 1 }
      guard blocks == stage.shape.stage.depth, depth < last || plan.needsNorm[index] else { continue }
      normaliseStage(stage)
      let map = UnsafeBufferPointer(start: scratch.normed.pointer, count: stage.shape.map.count)
      decoder?.keep(index, map)
      for output in plan.stages[index] { try emit(output, map) }
      if index == backbone.stages.count - 1 { try emitLast(map, stage, emit) }
      input = UnsafePointer(scratch.normed.pointer)
    }
  }

  /// What is made of the last stage's output `map`.
  private func emitLast(
    _ map: UnsafeBufferPointer<Float>, _ stage: EncoderStage, _ emit: GatherSums.Emit
  ) throws {
    if !plan.means.isEmpty {
      let mean = average(map, stage)
      for output in plan.means { try emit(output, mean) }
    }
    guard !plan.logits.isEmpty else { return }
    if let decoder {
      let scores = decoder.run()
      for output in plan.logits { try emit(output, scores) }
    } else if let classification = backbone.classification {
      let scores = try classification.logits(map, prefix: 0)
      try scores.withUnsafeBufferPointer { for output in plan.logits { try emit(output, $0) } }
    } else {
      throw MISTError(
        .backboneArchitecture,
        "logits were asked for, and the model has neither a decode head nor a classifier")
    }
  }

  /// The mean over the positions of `map` `[h·w, C]` of `stage`.
  private func average(
    _ map: UnsafeBufferPointer<Float>, _ stage: EncoderStage
  ) -> UnsafeBufferPointer<Float> {
    let shape = stage.shape.map
    if let base = map.baseAddress {
      TokenMean.write(base, count: shape.tokens, channels: shape.channels, into: mean.pointer)
    }
    return UnsafeBufferPointer(start: mean.pointer, count: shape.channels)
  }

  /// The blocks of one stage that are within the depth asked for.
  private func run(
    _ stage: EncoderStage, _ index: Int, _ blocks: Int, _ depth: inout Int,
    _ open: inout ArraySlice<MapPlan.Budget>, _ emit: GatherSums.Emit
  ) throws {
    let block = MixBlockRun(shape: stage.shape, scratch: scratch, context: context, onPart: report)
    for position in 0..<max(0, blocks) {
      try block.run(stage.blocks[position], addingTo: open.isEmpty ? nil : sums.running)
      depth += 1
      try emitDepth(depth, stage, emit)
      // The end of a stage belongs to the next one: its patch embedding is then shared with the budgets that go on.
      let ends = position == stage.shape.stage.depth - 1
      if !ends || index == backbone.stages.count - 1 { try close(&open, at: depth, index, emit) }
    }
  }

  /// Finishes the budget that ends at `depth`, if there is one.
  private func close(
    _ open: inout ArraySlice<MapPlan.Budget>, at depth: Int, _ index: Int, _ emit: GatherSums.Emit
  ) throws {
    guard let budget = open.first, budget.k == depth else { return }
    try sums.emit(index, budget, emit)
    try sums.finish(index, budget, emit)
    report?(.gather)
    open.removeFirst()
  }

  private func emitDepth(_ depth: Int, _ stage: EncoderStage, _ emit: GatherSums.Emit) throws {
    for output in plan.blocks[depth] { try emit(output, view(stage)) }
    guard !plan.layers[depth].isEmpty else { return }
    let mean = average(view(stage), stage)
    for output in plan.layers[depth] { try emit(output, mean) }
  }

  private func view(_ stage: EncoderStage) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: scratch.stream.pointer, count: stage.shape.map.count)
  }

  private func normaliseStage(_ stage: EncoderStage) {
    let norm = stage.norm
    mist_layer_norm(
      scratch.stream.pointer, stage.shape.map.tokens, stage.shape.map.channels, norm.gain.pointer,
      norm.bias.pointer, norm.epsilon, scratch.normed.pointer)
    report?(.norm)
  }
}
