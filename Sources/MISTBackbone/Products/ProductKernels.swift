import MISTKernels
import MISTModels

/// What computes a backbone's products: a library for floats, and the precision. Narrower products have kernels of their own,
/// whatever the library.
package struct ProductKernels: Sendable {
  package var backend: ProductBackend
  package var precision: Precision

  package init(backend: ProductBackend = .automatic, precision: Precision = .f32) {
    self.backend = backend
    self.precision = precision
  }

  /// The best library for this processor, in f32.
  package static var automatic: ProductKernels { ProductKernels() }

  /// What multiplies: the library with its version, or the suite's own kernels, which are the only ones of narrower products.
  package var description: String { precision == .f32 ? backend.description : "own kernels" }

  /// Prepares a product: `weights` `[columns, depth]`, `bias` `[columns]` or nil.
  ///
  /// - element: what it reads, where that is not what the precision's products read.
  ///
  /// Throws `backbone.product` when the library has no kernel for it.
  func prepare(
    _ shape: ProductShape, weights: UnsafeBufferPointer<Float>, bias: [Float]?, finish: ProductFinish,
    element: ActivationElement? = nil
  ) throws -> any LinearProduct {
    switch element ?? ActivationElement(precision) {
    case .bf16: return NarrowProduct(shape, MIST_BF16, weights: weights, bias: bias, finish: finish)
    case .int8: return NarrowProduct(shape, MIST_INT8, weights: weights, bias: bias, finish: finish)
    case .f32: break
    }
    return switch backend {
    case .oneDNN: try OneDNNProduct(shape, weights: weights, bias: bias, finish: finish)
    case .packed: PackedProduct(shape, weights: weights, bias: bias, finish: finish)
    case .openBLAS: OpenBLASProduct(shape, weights: weights, bias: bias, finish: finish)
    }
  }
}

extension Precision {
  /// Whether this processor has instructions for its products.
  package var isNative: Bool {
    switch self {
    case .f32: true
    case .bf16: mist_dots_best(MIST_BF16) != MIST_DOTS_SCALAR
    case .int8: mist_dots_best(MIST_INT8) != MIST_DOTS_SCALAR
    }
  }
}
