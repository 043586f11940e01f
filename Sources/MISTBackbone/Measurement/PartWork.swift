/// What a part of a forward pass computes for one image.
package struct PartWork: Sendable {
  /// Its linear products, in order.
  let products: [any LinearProduct]
  /// Multiply-adds of products of activations with one another.
  let attention: Int
  /// Values of the products' weights, each counted once.
  let weights: Int

  /// `weights`: as many as the products have, when nil.
  init(products: [any LinearProduct] = [], attention: Int = 0, weights: Int? = nil) {
    self.products = products
    self.attention = attention
    self.weights = weights ?? products.reduce(0) { $0 + $1.shape.columns * $1.shape.depth }
  }

  package static let none = PartWork()

  /// Of matrix products and convolutions.
  package var multiplyAdds: Int { products.reduce(attention) { $0 + $1.shape.multiplyAdds } }
}
