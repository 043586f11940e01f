import COneDNN
import MISTFormats
import Synchronization

/// What happens to `x·Wᵀ + b` on its way to memory.
enum ProductFinish: Sendable {
  case store
  /// GELU in its erf form.
  case gelu
  /// Added to what the destination holds: a residual connection.
  case add
}

/// Sizes of one product: `y [rows, columns] = x [rows, depth] · Wᵀ + b` with W `[columns, depth]`.
struct ProductShape: Hashable, Sendable {
  let rows: Int
  let columns: Int
  let depth: Int

  var multiplyAdds: Int { rows * columns * depth }
}

/// A product with its weights, prepared once and shared by threads. The place where other element types will go.
protocol LinearProduct: Sendable {
  var shape: ProductShape { get }
  /// Bytes of scratch memory that `ProductContext` must have.
  var scratchBytes: Int { get }
  /// The kernel's name, for people.
  var kernel: String { get }

  /// The same product for another number of rows. Shares the weights where the library allows it.
  /// Throws `backbone.product`.
  func resized(rows: Int) throws -> any LinearProduct

  /// Runs on the calling thread. `x` and `y` are contiguous and of `shape`.
  func run(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ context: ProductContext) throws
}

/// What one thread needs to run any of a model's products.
final class ProductContext {
  let oneDNN: OpaquePointer?
  /// Threads that have asked for products of OpenBLAS.
  private static let openBLAS = Atomic(0)

  /// For running `products`, all of one backend.
  init(for products: [any LinearProduct], backend: ProductBackend) throws {
    guard backend == .oneDNN else {
      oneDNN = nil
      guard backend == .openBLAS else { return }
      let threads = Self.openBLAS.add(1, ordering: .relaxed).newValue
      try ProductBuffers.require(threads, for: "a product of OpenBLAS")
      return
    }
    var worker: OpaquePointer?
    let status = mist_dnn_worker_create(&worker, products.map(\.scratchBytes).max() ?? 0)
    guard status == 0, let worker else {
      throw MISTError(.backboneProduct, "oneDNN cannot make an execution stream (status \(status))")
    }
    oneDNN = worker
  }

  deinit { mist_dnn_worker_destroy(oneDNN) }
}

extension ProductBackend {
  /// Prepares a product: `weights` `[columns, depth]`, `bias` `[columns]` or nil.
  /// Throws `backbone.product` when the library has no kernel for it.
  func prepare(
    _ shape: ProductShape, weights: [Float], bias: [Float]?, finish: ProductFinish
  ) throws -> any LinearProduct {
    switch self {
    case .oneDNN: try OneDNNProduct(shape, weights: weights, bias: bias, finish: finish)
    case .packed: PackedProduct(shape, weights: weights, bias: bias, finish: finish)
    case .openBLAS: OpenBLASProduct(shape, weights: weights, bias: bias, finish: finish)
    }
  }
}
