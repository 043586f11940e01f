/// Element types that tensors on disk may have. Raw values are safetensors' spelling.
package enum DType: String, CaseIterable, Codable, Hashable, Sendable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"
  case u16 = "U16"
  case i16 = "I16"
  case f16 = "F16"
  case bf16 = "BF16"
  case u32 = "U32"
  case i32 = "I32"
  case f32 = "F32"
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .u8, .i8, .f8e4m3, .f8e5m2: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }

  /// Whether elements are floating point and can become `f32` without a change of meaning.
  package var isFloat: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64, .f8e4m3, .f8e5m2: true
    default: false
    }
  }
}

/// Name, element type and shape of one stored tensor.
package struct TensorInfo: Hashable, Sendable {
  package let name: String
  package let dtype: DType
  package let shape: [Int]

  package init(name: String, dtype: DType, shape: [Int]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
  }

  /// Number of elements; 1 for a scalar. Readers have checked that it and `byteCount` do not overflow.
  package var count: Int { shape.reduce(1, *) }
  package var byteCount: Int { count * dtype.size }
}
