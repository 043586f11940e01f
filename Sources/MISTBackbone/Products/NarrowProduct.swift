import MISTKernels
import MISTModels

/// A product of bfloat16 or of integers in the suite's own kernels. Activations come in its elements, or as floats that it converts;
/// the outcome is floats or bfloat16.
final class NarrowProduct: LinearProduct, @unchecked Sendable {
  let shape: ProductShape
  private let weights: PackedWeights
  private let finish: ProductFinish

  /// `weights` `[columns, depth]`, `bias` `[columns]` or nil.
  init(
    _ shape: ProductShape, _ type: mist_narrow, weights: UnsafeBufferPointer<Float>, bias: [Float]?,
    finish: ProductFinish
  ) {
    precondition(
      weights.count == shape.columns * shape.depth && bias?.count ?? shape.columns == shape.columns)
    self.shape = shape
    self.finish = finish
    self.weights = PackedWeights(type, weights, columns: shape.columns, depth: shape.depth, bias: bias)
  }

  private init(_ other: NarrowProduct, rows: Int) {
    shape = ProductShape(rows: rows, columns: other.shape.columns, depth: other.shape.depth)
    (weights, finish) = (other.weights, other.finish)
  }

  func resized(rows: Int) -> any LinearProduct { NarrowProduct(self, rows: rows) }

  private var element: ActivationElement { weights.type == MIST_BF16 ? .bf16 : .int8 }

  var scratchBytes: Int { 0 }
  var operand: ActivationSize? { ActivationSize(element: element, rows: shape.rows, width: shape.depth) }
  var kernel: String { String(cString: mist_dots_name(mist_dots_best(weights.type), weights.type)) }

  func run(_ x: Activations, into y: Activations, _ context: ProductContext) throws {
    let x = try operand(x, context)
    switch (finish, y.element) {
    case (.store, .f32): multiply(x, MIST_STORE, y)
    case (.store, .bf16): multiply(x, MIST_STORE_BF16, y)
    case (.add, .f32): multiply(x, MIST_ADD, y)
    case (.gelu, .bf16): multiply(x, MIST_GELU_BF16, y)
    case (.gelu, .f32):
      multiply(x, MIST_STORE, y, bias: false)
      for row in 0..<shape.rows {
        mist_bias_gelu(y.floats + row * y.stride, 1, shape.columns, weights.bias.pointer)
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

  private func multiply(_ x: Activations, _ finish: mist_finish, _ y: Activations, bias: Bool = true) {
    let (rows, columns, depth) = (shape.rows, shape.columns, shape.depth)
    let bias = bias ? weights.bias.pointer : nil
    if weights.type == MIST_BF16 {
      mist_bf16_product(
        x.halves, x.stride, rows, depth, weights.packed, columns, bias, finish, y.bytes,
        y.stride)
    } else {
      mist_int8_product(
        x.integers, x.stride, x.steps, rows, depth, weights.packed, weights.scales.pointer,
        weights.sums.pointer, columns, bias, finish, y.bytes, y.stride)
    }
  }
}

/// Weights packed for narrow products, shared by products of every number of rows.
private final class PackedWeights {
  let type: mist_narrow
  private let memory: AlignedBytes
  var packed: UnsafeMutableRawPointer { memory.pointer }
  let bias: AlignedFloats
  /// Of integers, by column.
  let scales: AlignedFloats
  let sums: AlignedFloats

  init(_ type: mist_narrow, _ weights: UnsafeBufferPointer<Float>, columns: Int, depth: Int, bias: [Float]?) {
    self.type = type
    memory = AlignedBytes(count: mist_packed_bytes(type, columns, depth))
    self.bias = AlignedFloats(bias ?? [Float](repeating: 0, count: columns))
    let integers = type == MIST_INT8 ? columns : 0
    (scales, sums) = (AlignedFloats(count: integers), AlignedFloats(count: integers))
    if type == MIST_BF16 {
      mist_bf16_pack(weights.baseAddress, columns, depth, memory.pointer)
    } else {
      mist_int8_pack(weights.baseAddress, columns, depth, memory.pointer, scales.pointer, sums.pointer)
    }
  }
}
