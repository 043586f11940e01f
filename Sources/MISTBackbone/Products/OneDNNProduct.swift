import COneDNN
import MISTFormats

/// A product in oneDNN. The C object is immutable once it has its weights, so threads share it.
final class OneDNNProduct: LinearProduct, @unchecked Sendable {
  let shape: ProductShape
  private let product: OpaquePointer
  /// What it reads and does not own itself; no weights where the library packed them in a layout of its own.
  let packed: PackedWeights?
  private let bias: AlignedFloats?
  /// Whose packed weights are used.
  private let owner: OneDNNProduct?

  /// `packed` gives the weights in panels, which is what its kernels want but for few; for those `weights` gives them as they are.
  /// Throws `backbone.product`, and what these throw.
  init(
    _ shape: ProductShape, bias: [Float]?, finish: ProductFinish, packed: () throws -> PackedWeights,
    weights: WeightSource
  ) throws {
    precondition(bias?.count ?? shape.columns == shape.columns)
    let after =
      switch finish {
      case .store: MIST_DNN_STORE
      case .gelu: MIST_DNN_GELU
      case .add: MIST_DNN_ADD
      }
    let bias = bias.map { AlignedFloats($0) }
    var created: OpaquePointer?
    let status = mist_dnn_product_create(
      &created, MIST_DNN_F32, after, shape.rows, shape.columns, shape.depth, bias?.pointer)
    guard status == 0, let created else { throw Self.missing(shape, status) }
    do {
      self.packed = try Self.fill(created, shape, packed, weights)
    } catch {
      mist_dnn_product_destroy(created)
      throw error
    }
    (self.shape, self.bias, product, owner) = (shape, bias, created, nil)
  }

  private static func fill(
    _ product: OpaquePointer, _ shape: ProductShape, _ packed: () throws -> PackedWeights,
    _ weights: WeightSource
  ) throws -> PackedWeights? {
    var status: Int32 = 0
    var panels: PackedWeights?
    if mist_dnn_product_takes_panels(product) != 0 {
      // Packed by the suite in large pages, or in a file, rather than by the library in small ones.
      let given = try packed()
      status = mist_dnn_product_use_panels(product, given.floats)
      panels = given
    } else {
      try weights { status = mist_dnn_product_pack(product, $0.baseAddress) }
    }
    guard status == 0 else { throw missing(shape, status) }
    return panels
  }

  private static func missing(_ shape: ProductShape, _ status: Int32) -> MISTError {
    MISTError(
      .backboneProduct,
      "oneDNN has no product [\(shape.rows), \(shape.depth)] × [\(shape.depth), \(shape.columns)] "
        + "(status \(status))", advice: "use --backend openblas")
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
    (packed, bias) = (other.packed, other.bias)
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
