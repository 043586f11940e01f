/// A model's linear products one after another, on buffers that are never read for anything else. Owned by one thread.
package final class ProductRunner {
  private let products: [any LinearProduct]
  private let context: ProductContext
  private let x: AlignedFloats
  private let y: AlignedFloats

  init(_ products: [any LinearProduct], kernels: ProductKernels) throws {
    self.products = products
    context = try ProductContext(for: products, kernels: kernels)
    x = AlignedFloats(count: products.map { $0.shape.rows * $0.shape.depth }.max() ?? 0)
    y = AlignedFloats(count: products.map { $0.shape.rows * $0.shape.columns }.max() ?? 0)
  }

  /// Of one `run`.
  var multiplyAdds: Int { products.reduce(0) { $0 + $1.shape.multiplyAdds } }

  func run() throws {
    for product in products { try product.run(x.pointer, into: y.pointer, context) }
  }
}
