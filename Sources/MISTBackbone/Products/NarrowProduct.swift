import MISTKernels
import MISTModels

/// A product of bfloat16 or of integers in the suite's own kernels. Activations come in its elements, or as floats that it converts;
/// the outcome is floats or bfloat16.
final class NarrowProduct: LinearProduct, @unchecked Sendable {
  let shape: ProductShape
  private let weights: PackedWeights
  private let bias: AlignedFloats
  private let finish: ProductFinish

  /// `bias` `[columns]` or nil.
  init(_ shape: ProductShape, weights: PackedWeights, bias: [Float]?, finish: ProductFinish) {
    precondition(
      weights.columns == shape.columns && weights.depth == shape.depth && weights.layout.element != .f32
        && bias?.count ?? shape.columns == shape.columns)
    self.shape = shape
    self.finish = finish
    self.weights = weights
    self.bias = AlignedFloats(bias ?? [Float](repeating: 0, count: shape.columns))
  }

  private init(_ other: NarrowProduct, rows: Int) {
    shape = ProductShape(rows: rows, columns: other.shape.columns, depth: other.shape.depth)
    (weights, bias, finish) = (other.weights, other.bias, other.finish)
  }

  func resized(rows: Int) -> any LinearProduct { NarrowProduct(self, rows: rows) }

  var element: ActivationElement { weights.layout.element }
  private var type: mist_narrow { element == .bf16 ? MIST_BF16 : MIST_INT8 }
  var packed: PackedWeights? { weights }

  var scratchBytes: Int { 0 }
  var operand: ActivationSize? { ActivationSize(element: element, rows: shape.rows, width: shape.depth) }
  var kernel: String { String(cString: mist_dots_name(mist_dots_best(type), type)) }

  func run(_ x: Activations, into y: Activations, _ context: ProductContext) throws {
    let x = try operand(x, context)
    switch (finish, y.element) {
    case (.store, .f32): multiply(x, MIST_STORE, y)
    case (.store, .bf16): multiply(x, MIST_STORE_BF16, y)
    case (.add, .f32): multiply(x, MIST_ADD, y)
    case (.gelu, .bf16): multiply(x, MIST_GELU_BF16, y)
    case (.gelu, .f32):
      multiply(x, MIST_STORE, y, biased: false)
      for row in 0..<shape.rows {
        mist_bias_gelu(y.floats + row * y.stride, 1, shape.columns, bias.pointer)
      }
    case (.add, .bf16), (_, .int8):
      preconditionFailure("a product gives floats or bfloat16, and adds to floats")
    }
  }

  /// `x` in the elements of this product.
  private func operand(_ x: Activations, _ context: ProductContext) throws -> Activations {
    if x.element == element { return x }
    let converted = try context.operand(element, width: shape.depth)
    switch x.element {
    case .f32: converted.convert(x.floats, rows: shape.rows, width: shape.depth, apart: x.stride)
    case .bf16: converted.quantise(x, rows: shape.rows, width: shape.depth)
    case .int8: preconditionFailure("integers are read by products of integers alone")
    }
    return converted
  }

  private func multiply(_ x: Activations, _ finish: mist_finish, _ y: Activations, biased: Bool = true) {
    let (rows, columns, depth) = (shape.rows, shape.columns, shape.depth)
    let bias = biased ? self.bias.pointer : nil
    if type == MIST_BF16 {
      mist_bf16_product(
        x.halves, x.stride, rows, depth, weights.panels, columns, bias, finish, y.bytes,
        y.stride)
    } else {
      mist_int8_product(
        x.integers, x.stride, x.steps, rows, depth, weights.panels, weights.scales,
        weights.sums, columns, bias, finish, y.bytes, y.stride)
    }
  }
}
