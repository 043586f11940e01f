import MISTKernels

/// A product in the suite's own kernels, its weights packed in panels as wide as a register tile.
final class PackedProduct: LinearProduct {
  let shape: ProductShape
  private let weights: PackedWeights
  private let bias: AlignedFloats
  private let finish: ProductFinish

  init(_ shape: ProductShape, weights: PackedWeights, bias: [Float]?, finish: ProductFinish) {
    precondition(
      weights.columns == shape.columns && weights.depth == shape.depth && weights.layout.element == .f32
        && bias?.count ?? shape.columns == shape.columns)
    self.shape = shape
    self.finish = finish
    self.weights = weights
    self.bias = AlignedFloats(bias ?? [Float](repeating: 0, count: shape.columns))
  }

  private init(_ other: PackedProduct, rows: Int) {
    shape = ProductShape(rows: rows, columns: other.shape.columns, depth: other.shape.depth)
    (weights, bias, finish) = (other.weights, other.bias, other.finish)
  }

  func resized(rows: Int) -> any LinearProduct { PackedProduct(self, rows: rows) }

  var packed: PackedWeights? { weights }
  var scratchBytes: Int { 0 }
  var kernel: String { "packed:\(ProductBackend.instructionSet)" }

  func run(_ x: Activations, into y: Activations, _ context: ProductContext) throws {
    precondition(x.isFloats(width: shape.depth) && y.isFloats(width: shape.columns))
    let (x, y) = (x.floats, y.floats)
    let (rows, columns, depth) = (shape.rows, shape.columns, shape.depth)
    if finish != .gelu {
      mist_product(
        x, depth, rows, depth, weights.floats, columns, bias.pointer, finish == .add, y, columns)
      return
    }
    mist_product(x, depth, rows, depth, weights.floats, columns, nil, false, y, columns)
    mist_bias_gelu(y, rows, columns, bias.pointer)
  }
}
