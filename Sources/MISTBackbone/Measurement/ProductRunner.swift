/// A model's linear products one after another, on buffers that are never read for anything else, in the elements that they read.
/// Owned by one thread.
package final class ProductRunner {
  private let products: [any LinearProduct]
  private let context: ProductContext
  private let operands: [ActivationElement: ActivationBuffer]
  private let y: AlignedFloats

  init(_ products: [any LinearProduct], kernels: ProductKernels) throws {
    self.products = products
    context = try ProductContext(for: products, kernels: kernels)
    operands = ActivationBuffer.buffers(for: products.map(Self.operand))
    y = AlignedFloats(count: products.map { $0.shape.rows * $0.shape.columns }.max() ?? 0)
  }

  private static func operand(_ product: any LinearProduct) -> ActivationSize {
    product.operand
      ?? ActivationSize(element: .f32, rows: product.shape.rows, width: product.shape.depth)
  }

  /// Of one `run`.
  var multiplyAdds: Int { products.reduce(0) { $0 + $1.shape.multiplyAdds } }

  func run() throws {
    for product in products {
      guard let x = operands[Self.operand(product).element]?.rows(of: product.shape.depth) else { continue }
      try product.run(x, into: Activations(y.pointer, width: product.shape.columns), context)
    }
  }
}
