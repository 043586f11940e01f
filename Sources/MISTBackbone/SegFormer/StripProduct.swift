import MISTFormats

/// One set of weights prepared for every number of rows it will be asked for.
struct StripProduct: Sendable {
  private let products: [Int: any LinearProduct]

  /// `rows`: every number of rows of a later `run`; the rest as `ProductKernels.prepare` takes it, and throws.
  init(
    rows: some Collection<Int>, columns: Int, depth: Int, named name: String, bias: [Float],
    finish: ProductFinish = .store, kernels: ProductKernels, weights: WeightSource
  ) throws {
    var products: [Int: any LinearProduct] = [:]
    for count in rows.sorted(by: >) where count > 0 {
      if let largest = products.max(by: { $0.key < $1.key })?.value {
        products[count] = try largest.resized(rows: count)
      } else {
        products[count] = try kernels.prepare(
          ProductShape(rows: count, columns: columns, depth: depth), named: name, bias: bias,
          finish: finish, weights: weights)
      }
    }
    self.products = products
  }

  var all: [any LinearProduct] { Array(products.values) }

  func product(rows: Int) -> (any LinearProduct)? { products[rows] }

  /// Runs `rows` rows on the calling thread. Throws `backbone.product`.
  func run(_ x: Activations, rows: Int, into y: Activations, _ context: ProductContext) throws {
    if rows == 0 { return }
    guard let product = products[rows] else {
      throw MISTError(.backboneProduct, "no product was prepared for \(rows) rows")
    }
    try product.run(x, into: y, context)
  }
}
