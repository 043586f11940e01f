/// A product, and the part of the forward pass that it belongs to.
typealias SegFormerProduct = (part: SegFormerPart, product: any LinearProduct)

/// What a forward pass computes, for measurements.
extension SegFormerBackbone {
  /// Linear products, convolutions as products, and attention.
  func multiplyAdds(depth: Int) -> Int {
    sequence(depth: depth).reduce(0) { $0 + $1.product.shape.multiplyAdds } + attention(depth: depth)
  }

  func productRunner(depth: Int) throws -> ProductRunner {
    try ProductRunner(sequence(depth: depth).map(\.product), kernels: kernels)
  }

  /// Patch embeddings of gathers, which depend on what is asked for, are not counted.
  func work(of part: Int, depth: Int) -> PartWork {
    guard let part = SegFormerPart(rawValue: part) else { return PartWork() }
    let layers = layers(depth: depth).map { $0.filter { $0.part == part }.map(\.product) }
    // Strips of a map share their weights.
    let weights = layers.flatMap { layer in
      Set(layer.map { ProductShape(rows: 0, columns: $0.shape.columns, depth: $0.shape.depth) })
    }
    return PartWork(
      products: layers.flatMap(\.self), attention: part == .attention ? attention(depth: depth) : 0,
      weights: weights.reduce(0) { $0 + $1.columns * $1.depth })
  }

  private func attention(depth: Int) -> Int {
    zip(stages, configuration.blocks(within: depth)).reduce(0) {
      $0 + $1.0.shape.attentionMultiplyAdds * $1.1
    }
  }

  /// The products of one image through the first `depth` blocks, in order.
  private func sequence(depth: Int) -> [SegFormerProduct] { layers(depth: depth).flatMap(\.self) }

  /// The same by patch embeddings and blocks.
  private func layers(depth: Int) -> [[SegFormerProduct]] {
    var left = depth
    return stages.enumerated().flatMap { index, stage in
      let blocks = stage.blocks.prefix(left)
      let runs = index == 0 || left > 0
      left -= blocks.count
      let embedding = stage.embedding.sequence.map { (SegFormerPart.patchEmbedding, $0) }
      return (runs ? [embedding] : []) + blocks.map { $0.sequence(stage.shape) }
    }
  }
}
