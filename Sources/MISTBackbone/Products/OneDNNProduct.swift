import COneDNN
import MISTFormats

/// A product in oneDNN. The C object is immutable after creation, so threads share it.
final class OneDNNProduct: LinearProduct, @unchecked Sendable {
  let shape: ProductShape
  private let product: OpaquePointer
  /// Whose packed weights are used.
  private let owner: OneDNNProduct?

  init(_ shape: ProductShape, weights: [Float], bias: [Float]?, finish: ProductFinish) throws {
    precondition(
      weights.count == shape.columns * shape.depth && bias?.count ?? shape.columns == shape.columns)
    let after =
      switch finish {
      case .store: MIST_DNN_STORE
      case .gelu: MIST_DNN_GELU
      case .add: MIST_DNN_ADD
      }
    var created: OpaquePointer?
    func create(_ bias: UnsafePointer<Float>?) -> Int32 {
      mist_dnn_product_create(
        &created, MIST_DNN_F32, after, shape.rows, shape.columns, shape.depth, weights, bias)
    }
    let status = if let bias { bias.withUnsafeBufferPointer { create($0.baseAddress) } } else { create(nil) }
    guard status == 0, let created else {
      throw MISTError(
        .backboneProduct,
        "oneDNN has no product [\(shape.rows), \(shape.depth)] × [\(shape.depth), \(shape.columns)] "
          + "(status \(status))", advice: "use --backend openblas")
    }
    self.shape = shape
    product = created
    owner = nil
  }

  private init(_ other: OneDNNProduct, rows: Int) throws {
    var created: OpaquePointer?
    let status = mist_dnn_product_resize(&created, other.product, rows)
    guard status == 0, let created else {
      throw MISTError(
        .backboneProduct, "oneDNN has no product of \(rows) rows for these weights (status \(status))",
        advice: "use --backend openblas")
    }
    shape = ProductShape(rows: rows, columns: other.shape.columns, depth: other.shape.depth)
    product = created
    owner = other.owner ?? other
  }

  func resized(rows: Int) throws -> any LinearProduct { try OneDNNProduct(self, rows: rows) }

  deinit { mist_dnn_product_destroy(product) }

  var scratchBytes: Int { mist_dnn_product_scratch(product) }
  var kernel: String { String(cString: mist_dnn_product_kernel(product)) }

  func run(_ x: Activations, into y: Activations, _ context: ProductContext) throws {
    precondition(x.isFloats(width: shape.depth) && y.isFloats(width: shape.columns))
    let (x, y) = (x.floats, y.floats)
    guard let worker = context.oneDNN else {
      throw MISTError(.backboneProduct, "a oneDNN product was given another backend's context")
    }
    let status = mist_dnn_product_run(product, worker, x, y)
    guard status == 0 else {
      throw MISTError(.backboneProduct, "oneDNN failed to run a product (status \(status))")
    }
  }
}
