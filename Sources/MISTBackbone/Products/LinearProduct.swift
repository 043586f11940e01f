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

/// Calls its argument with weights `[columns, depth]`, which are valid during the call only.
typealias WeightSource = ((UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

/// A product with its weights, prepared once and shared by threads.
protocol LinearProduct: Sendable {
  var shape: ProductShape { get }
  /// What it multiplies.
  var element: ActivationElement { get }
  /// Bytes of scratch memory that `ProductContext` must have.
  var scratchBytes: Int { get }
  /// What `ProductContext` must have room for when activations come as floats; nil for a product that reads floats.
  var operand: ActivationSize? { get }
  /// The kernel's name, for people.
  var kernel: String { get }

  /// Its weights, where they are packed in a layout that a file can hold.
  var packed: PackedWeights? { get }

  /// The same product for another number of rows. Shares the weights where the library allows it.
  /// Throws `backbone.product`.
  func resized(rows: Int) throws -> any LinearProduct

  /// Runs on the calling thread: `x` of the product's elements or floats, `y` of floats, which a product of floats wants contiguous,
  /// or for narrower products of bfloat16. Throws `backbone.product`.
  func run(_ x: Activations, into y: Activations, _ context: ProductContext) throws
}

extension LinearProduct {
  var element: ActivationElement { .f32 }
  var operand: ActivationSize? { nil }
  var packed: PackedWeights? { nil }

  /// The same on contiguous floats.
  func run(_ x: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<Float>, _ context: ProductContext)
    throws
  {
    try run(Activations(x, width: shape.depth), into: Activations(y, width: shape.columns), context)
  }
}

/// What one thread needs to run any of a model's products.
final class ProductContext {
  let oneDNN: OpaquePointer?
  private let operands: [ActivationElement: ActivationBuffer]
  /// Threads that have asked for products of OpenBLAS.
  private static let openBLAS = Atomic(0)

  /// For running `products`, all of one backend.
  init(for products: [any LinearProduct], kernels: ProductKernels) throws {
    operands = ActivationBuffer.buffers(for: products.compactMap(\.operand))
    guard kernels.backend == .oneDNN else {
      oneDNN = nil
      guard kernels.backend == .openBLAS else { return }
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

  /// Room for a product's operand.
  func operand(_ element: ActivationElement, width: Int) throws -> Activations {
    guard let buffer = operands[element] else {
      throw MISTError(.backboneProduct, "a product was given another product's context")
    }
    return buffer.rows(of: width)
  }
}
