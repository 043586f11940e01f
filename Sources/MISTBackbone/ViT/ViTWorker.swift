import MISTFormats
import MISTKernels
import MISTModels

/// A part of the forward pass, for measurements.
public enum ViTPart: String, CaseIterable, Sendable {
  case patches, norm, qkv, attention, projection, fc1, fc2, gather
}

/// One thread's forward pass: owns its scratch memory and allocates nothing per image but small handles.
public final class ViTWorker {
  public let backbone: ViTBackbone
  /// Called after each part; measurements only.
  public var onPart: ((ViTPart) -> Void)?

  private let context: ProductContext
  private let patches: AlignedFloats
  /// The residual stream `[T, C]`.
  private let stream: AlignedFloats
  /// A LayerNorm's output, and the attention's `[T, C]`.
  private let normed: AlignedFloats
  /// q, k, v `[T, 3C]`, or the MLP's hidden activations.
  private let wide: AlignedFloats
  /// The gated hidden activations of a SwiGLU MLP.
  private let gated: AlignedFloats?
  private let scores: AlignedFloats
  private let sum: AlignedFloats

  init(_ backbone: ViTBackbone) throws {
    let c = backbone.configuration
    let swiglu = c.mlp == .swiglu
    self.backbone = backbone
    context = try ProductContext(for: backbone.products, backend: backbone.backend)
    patches = AlignedFloats(count: backbone.patches.count * backbone.patches.depth)
    stream = AlignedFloats(count: backbone.tokens * c.width)
    normed = AlignedFloats(count: backbone.tokens * c.width)
    wide = AlignedFloats(count: backbone.tokens * max(3 * c.width, swiglu ? 2 * c.mlpWidth : c.mlpWidth))
    gated = swiglu ? AlignedFloats(count: backbone.tokens * c.mlpWidth) : nil
    scores = AlignedFloats(count: backbone.attention.scratchCount)
    sum = AlignedFloats(count: backbone.tokens * c.width)
  }

  /// Runs one image `[3, H, W]` and hands each tensor of `wanted` to `emit` as soon as it exists, in order of depth. The
  /// view `[T, C]` (`[C]` for the class token) is valid during the call only.
  /// Throws `backbone.buffer-size` for pixels of another size, `backbone.depth` for depths the backbone does not hold.
  public func forward(
    _ pixels: UnsafeBufferPointer<Float>, _ wanted: ViTOutputs,
    emit: (ViTOutput, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let last = try check(pixels, wanted)
    try embed(pixels)
    let gatherEnd = wanted.gathers.max() ?? -1
    if gatherEnd >= 0 { sum.copy(from: stream) }
    try emitDepth(0, wanted, emit)
    for index in 0..<last {
      try run(backbone.blocks[index])
      if index < gatherEnd {
        mist_add(sum.pointer, stream.pointer, sum.count)
        onPart?(.gather)
      }
      try emitDepth(index + 1, wanted, emit)
    }
    if wanted.includesFinal { try emitFinal(wanted, emit) }
  }

  private func check(_ pixels: UnsafeBufferPointer<Float>, _ wanted: ViTOutputs) throws -> Int {
    let depth = backbone.configuration.depth
    try wanted.check(depth: depth)
    let last = wanted.lastBlock(of: depth)
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

  /// F₀ into `stream`.
  private func embed(_ pixels: UnsafeBufferPointer<Float>) throws {
    let c = backbone.configuration
    guard let first = pixels.baseAddress else { return }
    backbone.patches.gather(first, into: patches.pointer)
    stream.copy(from: backbone.embedding)
    try backbone.patchEmbedding.run(
      patches.pointer, into: stream.pointer + c.prefixTokens * c.width, context)
    if let norm = backbone.preNorm { normalise(norm, into: stream.pointer) }
    onPart?(.patches)
  }

  private func normalise(_ norm: NormWeights, rows: Int? = nil, into out: UnsafeMutablePointer<Float>) {
    mist_layer_norm(
      stream.pointer, rows ?? backbone.tokens, backbone.configuration.width, norm.gain.pointer,
      norm.bias.pointer,
      norm.epsilon, out)
  }

  private func run(_ block: ViTBlock) throws {
    normalise(block.norm1, into: normed.pointer)
    onPart?(.norm)
    try block.qkv.run(normed.pointer, into: wide.pointer, context)
    onPart?(.qkv)
    backbone.attention.run(wide.pointer, into: normed.pointer, scores: scores.pointer)
    onPart?(.attention)
    try block.projection.run(normed.pointer, into: stream.pointer, context)
    onPart?(.projection)
    normalise(block.norm2, into: normed.pointer)
    onPart?(.norm)
    try block.fc1.run(normed.pointer, into: wide.pointer, context)
    if let gated {
      mist_swiglu(wide.pointer, backbone.tokens, backbone.configuration.mlpWidth, gated.pointer)
    }
    onPart?(.fc1)
    try block.fc2.run((gated ?? wide).pointer, into: stream.pointer, context)
    onPart?(.fc2)
  }

  private func emitDepth(
    _ depth: Int, _ wanted: ViTOutputs, _ emit: (ViTOutput, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    if wanted.blocks.contains(depth) { try emit(.block(depth), stream.view) }
    if wanted.gathers.contains(depth) { try emit(.gather(depth), sum.view) }
  }

  private func emitFinal(
    _ wanted: ViTOutputs, _ emit: (ViTOutput, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    guard let norm = backbone.finalNorm else {
      throw MISTError(.backboneDepth, "the final norm was asked for, and not all blocks were loaded")
    }
    normalise(norm, rows: wanted.needsAllTokens ? nil : 1, into: normed.pointer)
    if wanted.outputs.contains(.finalNorm) { try emit(.finalNorm, normed.view) }
    if wanted.outputs.contains(.finalClassToken) {
      try emit(
        .finalClassToken, UnsafeBufferPointer(start: normed.pointer, count: backbone.configuration.width))
    }
    if wanted.outputs.contains(.logits) {
      guard let classification = backbone.classification else {
        throw MISTError(.backboneArchitecture, "logits were asked for, and the model has no classifier")
      }
      let logits = try classification.logits(normed.view, prefix: backbone.configuration.prefixTokens)
      try logits.withUnsafeBufferPointer { try emit(.logits, $0) }
    }
  }
}
