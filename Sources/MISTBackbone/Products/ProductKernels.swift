import MISTFormats
import MISTKernels
import MISTModels

/// What computes a backbone's products: a library for floats, and the precision. Narrower products have kernels of their own,
/// whatever the library.
package struct ProductKernels: Sendable {
  package var backend: ProductBackend
  package var precision: Precision
  /// Where products find their weights packed already.
  var prepacked: PrepackedFile?
  /// What is told of every product that is prepared.
  var recorder: PrepackRecorder?

  package init(backend: ProductBackend = .automatic, precision: Precision = .f32) {
    self.backend = backend
    self.precision = precision
  }

  /// The best library for this processor, in f32.
  package static var automatic: ProductKernels { ProductKernels() }

  /// What multiplies: the library with its version, or the suite's own kernels, which are the only ones of narrower products.
  package var description: String { precision == .f32 ? backend.description : "own kernels" }

  /// What is computed in, for an extraction that goes on: another name whenever a version gives other features in the same precision.
  package var scheme: String { precision == .int8 ? "int8, second scheme" : precision.rawValue }

  /// Prepares the product `name`, such as `blocks.0.attn.qkv`: `weights` `[columns, depth]`, asked for unless they are packed already;
  /// `bias` `[columns]` or nil.
  ///
  /// - element: what it reads, where that is not what the precision's products read.
  /// - moments: of what enters it, where its weights are rounded by them to integers.
  ///
  /// Throws `backbone.product` when the library has no kernel for it, `backbone.precision` for moments that are no finite numbers, what
  /// `weights` throws, and `prepack.other-model`.
  func prepare(
    _ shape: ProductShape, named name: String, bias: [Float]?, finish: ProductFinish,
    element: ActivationElement? = nil, moments: SecondMoments? = nil, weights: WeightSource
  ) throws -> any LinearProduct {
    let element = element ?? ActivationElement(precision)
    guard let layout = PackedLayout(element, backend) else {
      var made: OpenBLASProduct?
      try weights { made = OpenBLASProduct(shape, weights: $0, bias: bias, finish: finish) }
      return try Self.handed(made)
    }
    func packed() throws -> PackedWeights {
      if let packed = try prepacked?.weights(of: name, shape, layout) { return packed }
      var made: PackedWeights?
      try weights {
        precondition($0.count == shape.columns * shape.depth)
        let rounding = try element == .int8 ? moments.map(CompensatedRounding.init) : nil
        made = try PackedWeights($0, shape, layout, rounding: rounding)
      }
      return try Self.handed(made)
    }
    let product: any LinearProduct =
      switch (element, backend) {
      case (.f32, .oneDNN):
        try OneDNNProduct(shape, bias: bias, finish: finish, packed: packed, weights: weights)
      case (.f32, _): PackedProduct(shape, weights: try packed(), bias: bias, finish: finish)
      case (.bf16, _), (.int8, _):
        NarrowProduct(shape, weights: try packed(), bias: bias, finish: finish)
      }
    recorder?.add(name, product)
    return product
  }

  private static func handed<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw MISTError(.bug, "a product was not given its weights") }
    return value
  }
}

extension Precision {
  /// Whether this processor has instructions for its products.
  package var isNative: Bool {
    switch self {
    case .f32: true
    case .bf16: mist_dots_best(MIST_BF16) != MIST_DOTS_SCALAR
    // Widened products are no faster than floats.
    case .int8: mist_dots_best(MIST_INT8).rawValue > MIST_DOTS_WIDE.rawValue
    }
  }
}
