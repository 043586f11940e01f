import MISTEdge
import MISTFormats
import MISTKernels
import MISTModels

/// A part of the forward pass, for measurements.
enum TransformerPart: Int, CaseIterable, Sendable {
  case patches, norm, qkv, attention, projection, fc1, fc2, gather
}

/// One thread's forward pass: owns its scratch memory and allocates nothing per image but small handles.
final class TransformerWorker: BackboneWorker {
  let backbone: TransformerBackbone
  var onPart: ((Int) -> Void)?

  private let plan: TokenPlan
  private let context: ProductContext
  private let patches: AlignedFloats
  /// The residual stream `[T, C]`.
  private let stream: AlignedFloats
  private let rows: TransformerRows
  private let attention: TokenAttentionScratch
  private let sum: AlignedFloats
  /// The final norm's output `[T, C]`.
  private let final: AlignedFloats
  /// The class token of a depth and the mean of its patches `[2, C]`.
  private let layer: AlignedFloats

  /// Throws what `TokenPlan` throws, and `backbone.depth` for blocks that were not loaded.
  init(_ backbone: TransformerBackbone, _ outputs: [BackboneOutput]) throws {
    let c = backbone.configuration
    plan = try TokenPlan(outputs, backbone.catalog, tokens: backbone.tokens)
    try MISTError.checkLoaded(plan.lastBlock, loaded: backbone.loadedDepth)
    self.backbone = backbone
    try Self.requireMemory(backbone)
    context = try ProductContext(for: backbone.products, kernels: backbone.kernels)
    patches = AlignedFloats(count: backbone.patches.count * backbone.patches.depth)
    stream = AlignedFloats(count: backbone.tokens * c.width)
    rows = TransformerRows(backbone)
    attention = TokenAttentionScratch(backbone.attention, backbone.element)
    sum = AlignedFloats(count: backbone.tokens * c.width)
    final = AlignedFloats(count: plan.finalRows * c.width)
    layer = AlignedFloats(count: (c.classToken ? 2 : 1) * c.width)
  }

  private static func requireMemory(_ backbone: TransformerBackbone) throws {
    let c = backbone.configuration
    let perToken = 3 * c.width + max(3 * c.width, 2 * c.mlpWidth) + c.mlpWidth
    try BackboneMemory.require(
      [
        [backbone.patches.count, backbone.patches.depth], [backbone.tokens, perToken],
        [backbone.attention.scratchCount],
      ],
      imageSize: backbone.imageSize)
  }

  var outputs: [BackboneOutput] { plan.outputs }
  var lastBlock: Int { plan.lastBlock }

  func forward(
    _ pixels: UnsafeBufferPointer<Float>, emit: (Int, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try backbone.imageSize.check(pixels)
    try embed(pixels)
    if plan.lastGather >= 0 { sum.copy(from: stream) }
    try emitDepth(0, emit)
    for index in 0..<plan.lastBlock {
      try run(backbone.blocks[index])
      if index < plan.lastGather {
        mist_add(sum.pointer, stream.pointer, sum.count)
        report(.gather)
      }
      try emitDepth(index + 1, emit)
    }
    if plan.finalRows > 0 { try emitFinal(emit) }
  }

  @inline(__always) private func report(_ part: TransformerPart) { onPart?(part.rawValue) }

  /// F₀ of `pixels` `[3, H, W]` into `stream` `[T, C]`. Throws as `forward` does.
  func embed(_ pixels: UnsafeBufferPointer<Float>, into stream: AlignedFloats) throws {
    try backbone.imageSize.check(pixels)
    try embed(pixels)
    stream.copy(from: self.stream)
  }

  /// Takes `stream` `[T, C]` through `block`, and calls `watch` with what enters each product. Throws as `forward` does, and what `watch` throws.
  func run(
    _ block: TransformerBlock, on stream: AlignedFloats, watch: (TransformerPart, Activations) throws -> Void
  ) throws {
    self.stream.copy(from: stream)
    try run(block, watch: watch)
    stream.copy(from: self.stream)
  }

  /// F₀ into `stream`.
  private func embed(_ pixels: UnsafeBufferPointer<Float>) throws {
    let c = backbone.configuration
    guard let first = pixels.baseAddress else { return }
    backbone.patches.gather(first, into: patches.pointer)
    stream.copy(from: backbone.embedding)
    try backbone.patchEmbedding.run(
      patches.pointer, into: stream.pointer + c.prefixTokens * c.width, context)
    if let norm = backbone.preNorm { norm.run(stream.pointer, rows: backbone.tokens, into: stream.pointer) }
    report(.patches)
  }

  private func run(
    _ block: TransformerBlock, watch: (TransformerPart, Activations) throws -> Void = { _, _ in }
  ) throws {
    let c = backbone.configuration
    let tokens = backbone.tokens
    rows.normalise(stream.pointer, block.norm1, for: block.qkv, tokens: tokens)
    report(.norm)
    try watch(.qkv, rows.input(of: block.qkv))
    try rows.project(block.qkv, backbone.rotation, context)
    report(.qkv)
    backbone.attention.run(rows.wide(3 * c.width), into: rows.attended, attention)
    report(.attention)
    try watch(.projection, rows.attended)
    try block.projection.run(rows.attended, into: Activations(stream.pointer, width: c.width), context)
    report(.projection)
    rows.normalise(stream.pointer, block.norm2, for: block.fc1, tokens: tokens)
    report(.norm)
    try watch(.fc1, rows.input(of: block.fc1))
    let hidden = try rows.hidden(block.fc1, context)
    report(.fc1)
    try watch(.fc2, hidden)
    try block.fc2.run(hidden, into: Activations(stream.pointer, width: c.width), context)
    report(.fc2)
  }

  private func emitDepth(
    _ depth: Int, _ emit: (Int, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    for part in plan.blocks[depth] { try emit(part.index, rows(part, of: stream)) }
    for part in plan.gathers[depth] { try emit(part.index, rows(part, of: sum)) }
    guard !plan.layers[depth].isEmpty else { return }
    writeLayer()
    for index in plan.layers[depth] { try emit(index, layer.view) }
  }

  /// Class token and mean of the patches, of the stream as it is, into `layer`.
  private func writeLayer() {
    let c = backbone.configuration
    let (width, prefix) = (c.width, c.prefixTokens)
    var next = layer.pointer
    if c.classToken {
      next.update(from: stream.pointer, count: width)
      next += width
    }
    TokenMean.write(
      stream.pointer + prefix * width, count: backbone.tokens - prefix, channels: width, into: next)
  }

  private func rows(_ part: TokenPlan.Part, of tensor: AlignedFloats) -> UnsafeBufferPointer<Float> {
    let width = backbone.configuration.width
    return UnsafeBufferPointer(
      start: tensor.pointer + part.rows.lowerBound * width, count: part.rows.count * width)
  }

  private func emitFinal(_ emit: (Int, UnsafeBufferPointer<Float>) throws -> Void) throws {
    guard let norm = backbone.finalNorm else {
      throw MISTError(.backboneDepth, "the final norm was asked for, and not all blocks were loaded")
    }
    norm.run(stream.pointer, rows: plan.finalRows, into: final.pointer)
    for part in plan.finals { try emit(part.index, rows(part, of: final)) }
    for index in plan.logits {
      guard let classification = backbone.classification else {
        throw MISTError(.backboneArchitecture, "logits were asked for, and the model has no classifier")
      }
      let logits = try classification.logits(final.view, prefix: backbone.configuration.prefixTokens)
      try logits.withUnsafeBufferPointer { try emit(index, $0) }
    }
  }
}

extension MapSize {
  /// Throws `backbone.buffer-size` when `pixels` are not `[3, height, width]`.
  func check(_ pixels: UnsafeBufferPointer<Float>) throws {
    guard pixels.count != 3 * height * width else { return }
    throw MISTError(
      .backboneBufferSize, "expected [3, \(height), \(width)] pixels, found \(pixels.count) values")
  }
}
