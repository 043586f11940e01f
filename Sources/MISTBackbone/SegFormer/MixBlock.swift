import MISTModels

/// One block's prepared weights: efficient self-attention and Mix-FFN.
struct MixBlock: Sendable {
  /// The spatial reduction of keys and values.
  struct Reduction: Sendable {
    let patches: MapPatches
    let product: any LinearProduct
    let norm: NormWeights
  }

  let norm1: NormWeights
  let query: StripProduct
  let reduction: Reduction?
  let keysAndValues: any LinearProduct
  let projection: StripProduct
  let norm2: NormWeights
  let fc1: StripProduct
  /// `[3, 3, F]`.
  let depthwise: AlignedFloats
  let depthwiseBias: AlignedFloats
  let fc2: StripProduct

  /// Throws the errors of `read`, and `backbone.product`.
  init(
    _ p: String, _ shape: StageShape, epsilon: SegFormerConfiguration.Epsilons, kernels: ProductKernels,
    read: TensorReader
  ) throws {
    let (c, f, w) = (shape.map.channels, shape.stage.mlpWidth, shape.map.width)
    func strip(
      _ name: String, _ heights: Set<Int>, _ columns: Int, _ depth: Int, _ finish: ProductFinish = .store
    ) throws -> StripProduct {
      try StripProduct(
        rows: heights.map { $0 * w }, columns: columns, depth: depth, named: p + name,
        bias: try read(p + name + ".bias", [columns]), finish: finish, kernels: kernels
      ) { try read.with(p + name + ".weight", [columns, depth], $0) }
    }
    norm1 = try NormWeights(p + "norm1", width: c, epsilon: epsilon.block, read: read)
    query = try strip("attn.q", shape.attentionStrips.heights, c, c)
    reduction = try shape.reduction.map { patches in
      let r = patches.size
      let product = try kernels.prepare(
        ProductShape(rows: patches.output.tokens, columns: c, depth: patches.depth),
        named: p + "attn.reduction", bias: try read(p + "attn.reduction.bias", [c]), finish: .store
      ) {
        try patches.reordered(try read(p + "attn.reduction.weight", [c, c, r, r]))
          .withUnsafeBufferPointer($0)
      }
      return Reduction(
        patches: patches, product: product,
        norm: try NormWeights(p + "attn.reduction_norm", width: c, epsilon: epsilon.reduction, read: read))
    }
    keysAndValues = try kernels.prepare(
      ProductShape(rows: shape.attention.keys, columns: 2 * c, depth: c), named: p + "attn.kv",
      bias: try read(p + "attn.kv.bias", [2 * c]), finish: .store
    ) { try read.with(p + "attn.kv.weight", [2 * c, c], $0) }
    projection = try strip("attn.proj", shape.attentionStrips.heights, c, c, .add)
    norm2 = try NormWeights(p + "norm2", width: c, epsilon: epsilon.block, read: read)
    fc1 = try strip("mlp.fc1", shape.mlpStrips.heights, f, c)
    depthwise = AlignedFloats(
      Self.channelsLast(try read(p + "mlp.dwconv.weight", [f, 1, 3, 3]), channels: f))
    depthwiseBias = AlignedFloats(try read(p + "mlp.dwconv.bias", [f]))
    fc2 = try strip("mlp.fc2", shape.mlpStrips.delayedHeights, c, f, .add)
  }

  var products: [any LinearProduct] {
    [query, projection, fc1, fc2].flatMap(\.all) + [keysAndValues] + (reduction.map { [$0.product] } ?? [])
  }

  /// The products of one image, in order, and the part that each belongs to.
  func sequence(_ shape: StageShape) -> [SegFormerProduct] {
    var list =
      (reduction.map { [(SegFormerPart.reduction, $0.product)] } ?? []) + [(.reduction, keysAndValues)]
    let width = shape.map.width
    func add(_ part: SegFormerPart, _ product: StripProduct, rows: Int) {
      if let product = product.product(rows: rows * width) { list.append((part, product)) }
    }
    for index in 0..<shape.attentionStrips.count {
      let rows = shape.attentionStrips[index].count
      add(.query, query, rows: rows)
      add(.projection, projection, rows: rows)
    }
    for index in 0..<shape.mlpStrips.count {
      add(.fc1, fc1, rows: shape.mlpStrips[index].count)
      add(.fc2, fc2, rows: shape.mlpStrips.delayed(index).count)
    }
    return list
  }

  /// `[F, 1, 3, 3]` as `[3, 3, F]`.
  private static func channelsLast(_ weights: [Float], channels: Int) -> [Float] {
    (0..<9).flatMap { tap in (0..<channels).map { weights[$0 * 9 + tap] } }
  }
}
