import MISTFormats
import MISTModels

/// One stage's prepared weights.
struct EncoderStage: Sendable {
  let shape: StageShape
  /// Down_s.
  let embedding: PatchConvolution
  /// The blocks that were loaded.
  let blocks: [MixBlock]
  let norm: NormWeights

  init(
    _ index: Int, _ shape: StageShape, input: MapShape, blocks: Int,
    epsilon: SegFormerConfiguration.Epsilons, kernels: ProductKernels, read: TensorReader
  ) throws {
    let p = "stages.\(index)."
    self.shape = shape
    embedding = try PatchConvolution(
      p,
      patches: MapPatches(
        input: input, output: shape.map, size: shape.stage.patchSize, stride: shape.stage.stride,
        padding: shape.stage.patchSize / 2, planar: index == 0),
      epsilon: epsilon.patch, kernels: kernels, read: read)
    self.blocks = try WorkerPool.map(blocks) {
      try MixBlock("\(p)blocks.\($0).", shape, epsilon: epsilon, kernels: kernels, read: read)
    }
    norm = try NormWeights(p + "norm", width: shape.map.channels, epsilon: epsilon.stage, read: read)
  }

  var products: [any LinearProduct] { embedding.products + blocks.flatMap(\.products) }
}
