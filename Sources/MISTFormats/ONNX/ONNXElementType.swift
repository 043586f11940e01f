/// ONNX's `TensorProto.DataType`.
enum ONNXElementType {
  case supported(DType)
  /// Known, but without a counterpart in `DType`; the name is ONNX's.
  case unsupported(String)

  /// The type with this number, nil when ONNX defines none.
  init?(number: Int) {
    switch number {
    case 1: self = .supported(.f32)
    case 2: self = .supported(.u8)
    case 3: self = .supported(.i8)
    case 4: self = .supported(.u16)
    case 5: self = .supported(.i16)
    case 6: self = .supported(.i32)
    case 7: self = .supported(.i64)
    case 8: self = .unsupported("STRING")
    case 9: self = .supported(.bool)
    case 10: self = .supported(.f16)
    case 11: self = .supported(.f64)
    case 12: self = .supported(.u32)
    case 13: self = .supported(.u64)
    case 14: self = .unsupported("COMPLEX64")
    case 15: self = .unsupported("COMPLEX128")
    case 16: self = .supported(.bf16)
    case 17: self = .supported(.f8e4m3)
    case 18: self = .unsupported("FLOAT8E4M3FNUZ")
    case 19: self = .supported(.f8e5m2)
    case 20: self = .unsupported("FLOAT8E5M2FNUZ")
    case 21: self = .unsupported("UINT4")
    case 22: self = .unsupported("INT4")
    case 23: self = .unsupported("FLOAT4E2M1")
    case 24: self = .unsupported("FLOAT8E8M0")
    case 25: self = .unsupported("UINT2")
    case 26: self = .unsupported("INT2")
    default: return nil
    }
  }
}

extension DType {
  /// The number of the typed data field of `TensorProto` that elements of this type may stand in.
  var onnxField: Int {
    switch self {
    case .f32: 4
    case .i32, .i16, .i8, .u16, .u8, .bool, .f16, .bf16, .f8e4m3, .f8e5m2: 5
    case .i64: 7
    case .f64: 10
    case .u32, .u64: 11
    }
  }
}
