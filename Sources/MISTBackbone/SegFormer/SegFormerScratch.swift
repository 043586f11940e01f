/// The memory of one thread's forward pass, shared by the stages.
final class SegFormerScratch {
  /// The residual stream of the stage that runs `[T, C]`.
  let stream: AlignedFloats
  /// A map after a LayerNorm `[T, C]`.
  let normed: AlignedFloats
  /// Patches of a strip, or of the reduction.
  let patches: AlignedFloats
  /// The reduced map `[keys, C]`, and keys and values `[keys, 2C]`.
  let reduced: AlignedFloats
  let keysAndValues: ActivationBuffer
  /// The same as the attention wants them.
  let packed: AlignedBytes
  let attention: AttentionScratch
  /// Queries, and the attention's output, of a strip.
  let queries: ActivationBuffer
  let attended: ActivationBuffer
  /// Hidden activations of a strip under the last two rows of the strip before it, and after the depthwise convolution.
  let hidden: AlignedFloats
  let activated: AlignedFloats

  init(_ backbone: SegFormerBackbone) {
    let shapes = backbone.stages.map(\.shape)
    func most(_ size: (StageShape) -> Int) -> AlignedFloats {
      AlignedFloats(count: shapes.map(size).max() ?? 0)
    }
    stream = most { $0.map.count }
    normed = most { $0.map.count }
    let windows = shapes.compactMap(\.reduction).map { $0.output.tokens * $0.depth }
    patches = AlignedFloats(count: (windows + backbone.stages.map { $0.embedding.scratchCount }).max() ?? 0)
    reduced = most { $0.keys * $0.map.channels }
    let element = ActivationElement(between: backbone.kernels.precision)
    func activations(_ size: (StageShape) -> Int) -> ActivationBuffer {
      ActivationBuffer(element, rows: 1, width: shapes.map(size).max() ?? 0)
    }
    keysAndValues = activations { 2 * $0.keys * $0.map.channels }
    packed = AlignedBytes(count: shapes.map { $0.attention.packedBytes(element) }.max() ?? 0)
    attention = AttentionScratch(
      rows: shapes.map(\.attention.rows).max() ?? 0, scores: shapes.map(\.attention.scratchCount).max() ?? 0,
      element)
    queries = activations { $0.attentionStrips.height * $0.map.width * $0.map.channels }
    attended = activations { $0.attentionStrips.height * $0.map.width * $0.map.channels }
    hidden = most { ($0.mlpStrips.height + 2) * $0.map.width * $0.stage.mlpWidth }
    activated = most { ($0.mlpStrips.height + 1) * $0.map.width * $0.stage.mlpWidth }
  }
}
