import COpenBLAS
import MISTKernels

/// A product in OpenBLAS, single-threaded; bias, GELU and residual sum are passes before or after it.
final class OpenBLASProduct: LinearProduct {
  let shape: ProductShape
  private let weights: AlignedFloats
  private let bias: AlignedFloats
  private let finish: ProductFinish

  // A worker per image is faster than threads within a product.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  init(_ shape: ProductShape, weights: UnsafeBufferPointer<Float>, bias: [Float]?, finish: ProductFinish) {
    precondition(
      weights.count == shape.columns * shape.depth && bias?.count ?? shape.columns == shape.columns)
    self.shape = shape
    self.finish = finish
    self.weights = AlignedFloats(weights)
    self.bias = AlignedFloats(bias ?? [Float](repeating: 0, count: shape.columns))
    Self.singleThreaded
  }

  private init(_ other: OpenBLASProduct, rows: Int) {
    shape = ProductShape(rows: rows, columns: other.shape.columns, depth: other.shape.depth)
    (weights, bias, finish) = (other.weights, other.bias, other.finish)
  }

  func resized(rows: Int) -> any LinearProduct { OpenBLASProduct(self, rows: rows) }

  var scratchBytes: Int { 0 }
  var kernel: String { "sgemm:\(ProductBackend.openBLASCore)" }

  func run(_ x: Activations, into y: Activations, _ context: ProductContext) throws {
    precondition(x.isFloats(width: shape.depth) && y.isFloats(width: shape.columns))
    let (x, y) = (x.floats, y.floats)
    let (rows, columns, depth) = (shape.rows, shape.columns, shape.depth)
    switch finish {
    case .store:
      for row in 0..<rows { (y + row * columns).update(from: bias.pointer, count: columns) }
    case .add:
      for row in 0..<rows { mist_add(y + row * columns, bias.pointer, columns) }
    case .gelu:
      break
    }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(depth), 1, x,
      blasint(depth),
      weights.pointer, blasint(depth), finish == .gelu ? 0 : 1, y, blasint(columns))
    if finish == .gelu { mist_bias_gelu(y, rows, columns, bias.pointer) }
  }
}
