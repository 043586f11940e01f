import MISTKernels
import MISTModels

/// Elements of activations.
enum ActivationElement: Sendable {
  case f32
  case bf16
  /// Of 0…255, with a step and a lowest value for every row.
  case int8

  /// Of what products of `precision` read.
  init(_ precision: Precision) {
    switch precision {
    case .f32: self = .f32
    case .bf16: self = .bf16
    case .int8: self = .int8
    }
  }

  /// Of what stands between products of `precision`: floats for integers too where the processor has no bfloat16.
  init(between precision: Precision) {
    switch precision {
    case .f32: self = .f32
    case .bf16: self = .bf16
    case .int8: self = mist_dots_best(MIST_BF16) == MIST_DOTS_SCALAR ? .f32 : .bf16
    }
  }

  var bytes: Int {
    switch self {
    case .f32: 4
    case .bf16: 2
    case .int8: 1
    }
  }

  /// Elements that a product takes at a time: rows are padded to it with zeros.
  var group: Int { self == .f32 ? 1 : 4 / bytes }
}

/// Rows of activations that a product reads or writes. A view: whoever owns the memory keeps it.
struct Activations {
  let element: ActivationElement
  let bytes: UnsafeMutableRawPointer
  /// Elements between rows.
  let stride: Int
  /// Of integers: how to read each row.
  let steps: UnsafeMutablePointer<mist_int8_row>?

  /// Contiguous rows of floats.
  init(_ floats: UnsafeMutablePointer<Float>, width: Int) {
    (element, bytes, stride, steps) = (.f32, UnsafeMutableRawPointer(floats), width, nil)
  }

  init(
    _ element: ActivationElement, _ bytes: UnsafeMutableRawPointer, stride: Int,
    steps: UnsafeMutablePointer<mist_int8_row>?
  ) {
    (self.element, self.bytes, self.stride, self.steps) = (element, bytes, stride, steps)
  }

  var floats: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }
  var halves: UnsafeMutablePointer<UInt16> { bytes.assumingMemoryBound(to: UInt16.self) }
  var integers: UnsafeMutablePointer<UInt8> { bytes.assumingMemoryBound(to: UInt8.self) }

  /// Whether these are contiguous floats.
  func isFloats(width: Int) -> Bool { element == .f32 && stride == width }

  /// The rows from `first`.
  func from(row first: Int) -> Activations {
    Activations(
      element, bytes + first * stride * element.bytes, stride: stride, steps: steps.map { $0 + first })
  }

  /// Takes over `rows` rows of `width` from floats, `apart` elements apart.
  func convert(_ x: UnsafePointer<Float>, rows: Int, width: Int, apart: Int) {
    switch element {
    case .f32: for row in 0..<rows { (floats + row * stride).update(from: x + row * apart, count: width) }
    case .bf16: for row in 0..<rows { mist_bf16_round(x + row * apart, width, halves + row * stride) }
    case .int8: mist_int8_quantise(x, rows, width, apart, integers, stride, steps)
    }
  }

  /// Takes over `rows` rows of `width` from bfloat16, as integers.
  func quantise(_ x: Activations, rows: Int, width: Int) {
    mist_int8_quantise_bf16(x.halves, rows, width, x.stride, integers, stride, steps)
  }
}
