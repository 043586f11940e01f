import MISTEdge

/// Multiply-adds of one image, of matrix products and convolutions alone: norms, activations and sums are not counted.
package struct MultiplyAdds: Hashable, Sendable {
  /// Of products with parameters.
  package var products: Int
  /// Of queries with keys, and as many again of the weights with the values: some count one of the two only.
  package var attention: Int

  package init(products: Int = 0, attention: Int = 0) {
    self.products = products
    self.attention = attention
  }

  /// With both products of the attention.
  package var total: Int { products + 2 * attention }

  package static func + (a: Self, b: Self) -> Self {
    Self(products: a.products + b.products, attention: a.attention + b.attention)
  }

  package static func * (count: Int, a: Self) -> Self {
    Self(products: count * a.products, attention: count * a.attention)
  }
}

extension TransformerConfiguration {
  /// Those of an image through `depth` blocks.
  package func multiplyAdds(of image: MapSize, depth: Int) -> MultiplyAdds {
    let tokens = tokens(of: image).count
    let matrices = width * (4 * width + (mlp == .swiglu ? 3 : 2) * mlpWidth)
    let embedding = MultiplyAdds(products: grid(of: image).count * width * 3 * patchSize * patchSize)
    return embedding + depth * MultiplyAdds(products: tokens * matrices, attention: tokens * tokens * width)
  }
}
