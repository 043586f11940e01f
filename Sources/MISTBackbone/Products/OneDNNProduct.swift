import COneDNN
import MISTFormats
import MISTKernels

/// A product in oneDNN. The C object is immutable after creation, so threads share it.
final class OneDNNProduct: LinearProduct, @unchecked Sendable {
  let shape: ProductShape
  private let product: OpaquePointer
  /// What it reads and does not own itself.
  private let panels: AlignedFloats?
  private let bias: AlignedFloats?
  /// Whose packed weights are used.
  private let owner: OneDNNProduct?

  init(
    _ shape: ProductShape, weights: UnsafeBufferPointer<Float>, bias: [Float]?, finish: ProductFinish
  ) throws {
    precondition(
      weights.count == shape.columns * shape.depth && bias?.count ?? shape.columns == shape.columns)
    let after =
      switch finish {
      case .store: MIST_DNN_STORE
      case .gelu: MIST_DNN_GELU
      case .add: MIST_DNN_ADD
      }
    let bias = bias.map { AlignedFloats($0) }
    var created: OpaquePointer?
    var status = mist_dnn_product_create(
      &created, MIST_DNN_F32, after, shape.rows, shape.columns, shape.depth, bias?.pointer)
    var panels: AlignedFloats?
    if status == 0, let created {
      if mist_dnn_product_takes_panels(created) != 0 {
        // Packed here in large pages, rather than by the library in small ones.
        let packed = Self.pack(weights, shape)
        status = mist_dnn_product_use_panels(created, packed.pointer)
        panels = packed
      } else {
        status = mist_dnn_product_pack(created, weights.baseAddress)
      }
    }
    guard status == 0, let created else {
      mist_dnn_product_destroy(created)
      throw MISTError(
        .backboneProduct,
        "oneDNN has no product [\(shape.rows), \(shape.depth)] × [\(shape.depth), \(shape.columns)] "
          + "(status \(status))", advice: "use --backend openblas")
    }
    self.shape = shape
    (self.panels, self.bias) = (panels, bias)
    product = created
    owner = nil
  }

  private static func pack(_ weights: UnsafeBufferPointer<Float>, _ shape: ProductShape) -> AlignedFloats {
    let (width, group) = (Int(MIST_DNN_PANEL), Int(MIST_DNN_STEPS))
    let steps = (shape.depth + group - 1) / group * group
    let packed = AlignedFloats(count: (shape.columns + width - 1) / width * width * steps)
    mist_pack_panels(
      weights.baseAddress, shape.columns, shape.depth, shape.depth, width, steps, packed.pointer)
    return packed
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
    (panels, bias) = (other.panels, other.bias)
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
