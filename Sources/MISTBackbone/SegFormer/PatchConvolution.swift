import MISTKernels
import MISTModels

/// Down_s: a stage's overlapping patch embedding, a convolution and its LayerNorm, from one map to a coarser one.
struct PatchConvolution: Sendable {
  let patches: MapPatches
  private let strips: Strips
  private let product: StripProduct
  private let norm: NormWeights

  var output: MapShape { patches.output }

  /// Throws the errors of `read`, and `backbone.product`.
  init(
    _ name: String, patches: MapPatches, epsilon: Float, kernels: ProductKernels, read: TensorReader
  ) throws {
    self.patches = patches
    let (output, columns) = (patches.output, patches.output.channels)
    strips = Strips(rows: output.height, columns: output.width, channels: patches.depth)
    let (rows, bias) = (
      strips.heights.map { $0 * output.width }, try read(name + "patch_embed.bias", [columns])
    )
    product = try StripProduct(
      rows: rows, columns: columns, depth: patches.depth, named: name + "patch_embed", bias: bias,
      kernels: kernels
    ) {
      let weights = try read(
        name + "patch_embed.weight", [columns, patches.input.channels, patches.size, patches.size])
      try patches.reordered(weights).withUnsafeBufferPointer($0)
    }
    norm = try NormWeights(name + "patch_norm", width: columns, epsilon: epsilon, read: read)
  }

  /// Values of `run`'s scratch memory.
  var scratchCount: Int { strips.height * output.width * patches.depth }
  var products: [any LinearProduct] { product.all }
  /// The products of one run, in order.
  var sequence: [any LinearProduct] {
    (0..<strips.count).compactMap { product.product(rows: strips[$0].count * output.width) }
  }

  /// The patch embedding of `map` into `out`.
  func run(
    _ map: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    _ context: ProductContext
  ) throws {
    for index in 0..<strips.count {
      let rows = strips[index]
      let tokens = rows.count * output.width
      let to = out + rows.lowerBound * output.width * output.channels
      patches.gather(map, rows: rows, into: scratch)
      try product.run(
        Activations(scratch, width: patches.depth), rows: tokens,
        into: Activations(to, width: output.channels), context)
      mist_layer_norm(to, tokens, output.channels, norm.gain.pointer, norm.bias.pointer, norm.epsilon, to)
    }
  }
}
