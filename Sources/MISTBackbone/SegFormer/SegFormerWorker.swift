import MISTFormats
import MISTKernels
import MISTModels

/// One thread's forward pass: owns its scratch memory and allocates nothing per image but small handles.
public final class SegFormerWorker {
  public let backbone: SegFormerBackbone
  /// Called after each part; measurements only.
  public var onPart: ((SegFormerPart) -> Void)?

  private let context: ProductContext
  private let scratch: SegFormerScratch
  private let sums: GatherSums
  /// Made when logits are first asked for.
  private var decoder: DecoderScratch?

  init(_ backbone: SegFormerBackbone) throws {
    self.backbone = backbone
    context = try ProductContext(for: backbone.products, backend: backbone.backend)
    scratch = SegFormerScratch(backbone)
    sums = GatherSums(backbone, patches: scratch.patches, context: context)
  }

  /// Runs one image `[3, H, W]` and hands each map `[h·w, C]` of `wanted` to `emit` as soon as it exists. The view is valid
  /// during the call only.
  /// Throws `backbone.buffer-size` for pixels of another size, `backbone.depth` for depths the backbone does not hold.
  public func forward(
    _ pixels: UnsafeBufferPointer<Float>, _ wanted: SegFormerOutputs,
    emit: (SegFormerOutput, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let last = try check(pixels, wanted)
    let logits = wanted.contains(.logits)
    let decoder = logits && backbone.classification == nil ? try makeDecoder() : nil
    guard var input = pixels.baseAddress else { return }
    var depth = 0
    // Budgets whose coarser levels are still to come.
    var open = wanted.gathers[...]
    for (index, stage) in backbone.stages.enumerated() {
      guard index == 0 || depth < last || !open.isEmpty else { break }
      if index > 0 && !open.isEmpty {
        try sums.enter(index)
        onPart?(.gather)
      }
      let blocks = min(stage.shape.stage.depth, last - depth)
      if index == 0 || blocks > 0 {
        try stage.embedding.run(
          input, into: scratch.stream.pointer, scratch: scratch.patches.pointer, context)
        onPart?(.patchEmbedding)
      }
      if index == 0 {
        if !open.isEmpty { sums.start(scratch.stream) }
        if wanted.contains(.block(0)) { try emit(.block(0), view(stage)) }
      }
      try close(&open, at: depth, index, wanted, emit)
      try run(stage, index, blocks, &depth, &open, wanted, emit)
      // Budgets beyond this stage share its whole sum.
      for (k, _) in open { try sums.emit(index, k, wanted, emit) }
      open.removeAll { $0.level <= index + 1 }
      guard blocks == stage.shape.stage.depth,
        depth < last || wanted.contains(.stage(index + 1)) || logits
      else { continue }
      normaliseStage(stage)
      let map = UnsafeBufferPointer(start: scratch.normed.pointer, count: stage.shape.map.count)
      decoder?.keep(index, map)
      if wanted.contains(.stage(index + 1)) { try emit(.stage(index + 1), map) }
      input = UnsafePointer(scratch.normed.pointer)
    }
    if let decoder { try emit(.logits, decoder.run()) }
    if logits, let classification = backbone.classification, let last = backbone.stages.last {
      let map = UnsafeBufferPointer(start: scratch.normed.pointer, count: last.shape.map.count)
      let scores = try classification.logits(map, prefix: 0)
      try scores.withUnsafeBufferPointer { try emit(.logits, $0) }
    }
  }

  private func makeDecoder() throws -> DecoderScratch {
    if let decoder { return decoder }
    guard let shared = backbone.decoder else {
      throw MISTError(
        .backboneArchitecture,
        "logits were asked for, and the model has neither a decode head nor a classifier")
    }
    let made = try DecoderScratch(shared)
    decoder = made
    return made
  }

  /// The blocks of one stage that are within the depth asked for.
  private func run(
    _ stage: EncoderStage, _ index: Int, _ blocks: Int, _ depth: inout Int,
    _ open: inout ArraySlice<(k: Int, level: Int)>, _ wanted: SegFormerOutputs, _ emit: GatherSums.Emit
  ) throws {
    let block = MixBlockRun(shape: stage.shape, scratch: scratch, context: context, onPart: onPart)
    for position in 0..<max(0, blocks) {
      try block.run(stage.blocks[position], addingTo: open.isEmpty ? nil : sums.running)
      depth += 1
      if wanted.contains(.block(depth)) { try emit(.block(depth), view(stage)) }
      // The end of a stage belongs to the next one: its patch embedding is then shared with the budgets that go on.
      let ends = position == stage.shape.stage.depth - 1
      if !ends || index == backbone.stages.count - 1 { try close(&open, at: depth, index, wanted, emit) }
    }
  }

  /// Finishes the budget that ends at `depth`, if there is one.
  private func close(
    _ open: inout ArraySlice<(k: Int, level: Int)>, at depth: Int, _ index: Int,
    _ wanted: SegFormerOutputs, _ emit: GatherSums.Emit
  ) throws {
    guard let (k, level) = open.first, k == depth else { return }
    try sums.emit(index, k, wanted, emit)
    try sums.finish(index, k, through: level, wanted, emit)
    onPart?(.gather)
    open.removeFirst()
  }

  private func view(_ stage: EncoderStage) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: scratch.stream.pointer, count: stage.shape.map.count)
  }

  private func normaliseStage(_ stage: EncoderStage) {
    let norm = stage.norm
    mist_layer_norm(
      scratch.stream.pointer, stage.shape.map.tokens, stage.shape.map.channels, norm.gain.pointer,
      norm.bias.pointer, norm.epsilon, scratch.normed.pointer)
    onPart?(.norm)
  }

  /// The last block to run.
  private func check(_ pixels: UnsafeBufferPointer<Float>, _ wanted: SegFormerOutputs) throws -> Int {
    try wanted.check(backbone.configuration)
    let last = wanted.lastBlock(of: backbone.configuration)
    guard last <= backbone.loadedDepth else {
      throw MISTError(
        .backboneDepth, "depth \(last) was asked for, and \(backbone.loadedDepth) blocks were loaded")
    }
    let (height, width) = backbone.imageSize
    guard pixels.count == 3 * height * width else {
      throw MISTError(
        .backboneBufferSize, "expected [3, \(height), \(width)] pixels, found \(pixels.count) values")
    }
    return last
  }
}
