/// A run of elements that tensors are views of, as a pickle refers to it.
struct PyTorchStorage: Hashable {
  /// What the file calls it.
  let key: String
  let type: PyTorchElementType
  /// Elements of the whole storage; bytes where the type is unknown.
  let count: Int
  /// The part that is referred to: old files have storages that are views of others.
  let view: Range<Int>

  /// Bytes of the whole storage. `TensorRebuilding` has checked that it does not overflow.
  var byteCount: Int { count * (type.dtype?.size ?? 1) }
}

/// What a storage's class says about its elements.
enum PyTorchElementType: Hashable {
  case known(DType)
  /// Bytes: the tensor names its type itself.
  case untyped
  /// A type that cannot be read, and the size of its elements.
  case unsupported(String, size: Int)

  var dtype: DType? {
    if case .known(let dtype) = self { return dtype }
    return nil
  }

  var size: Int {
    switch self {
    case .known(let dtype): dtype.size
    case .untyped: 1
    case .unsupported(_, let size): size
    }
  }

  /// The type of a storage's class, nil when it is none.
  init?(storage global: PickleGlobal) {
    let modules = ["torch", "torch.cuda", "torch.storage", "torch.cpu"]
    guard modules.contains(global.module), global.name.hasSuffix("Storage") else { return nil }
    switch global.name.dropLast("Storage".count) {
    case "Double": self = .known(.f64)
    case "Float": self = .known(.f32)
    case "Half": self = .known(.f16)
    case "BFloat16": self = .known(.bf16)
    case "Long": self = .known(.i64)
    case "Int": self = .known(.i32)
    case "Short": self = .known(.i16)
    case "Char": self = .known(.i8)
    case "Byte": self = .known(.u8)
    case "Bool": self = .known(.bool)
    case "Untyped", "_Untyped": self = .untyped
    case "ComplexDouble": self = .unsupported("complex128", size: 16)
    case "ComplexFloat": self = .unsupported("complex64", size: 8)
    case "QInt8", "QUInt8", "QUInt4x2", "QUInt2x4": self = .unsupported("quantised integers", size: 1)
    case "QInt32": self = .unsupported("quantised integers", size: 4)
    default: return nil
    }
  }

  /// The type that `torch.NAME` is, nil when it is none that can be read.
  static func dtype(_ global: PickleGlobal) -> DType? {
    guard global.module == "torch" else { return nil }
    return names[global.name]
  }

  private static let names: [String: DType] = [
    "bool": .bool, "uint8": .u8, "int8": .i8, "uint16": .u16, "int16": .i16, "short": .i16, "uint32": .u32,
    "int32": .i32, "int": .i32, "uint64": .u64, "int64": .i64, "long": .i64, "float16": .f16, "half": .f16,
    "bfloat16": .bf16, "float32": .f32, "float": .f32, "float64": .f64, "double": .f64,
    "float8_e4m3fn": .f8e4m3, "float8_e5m2": .f8e5m2,
  ]
}

/// A tensor as a pickle describes it: a view of a storage, which it has been checked to lie in.
struct PyTorchTensor {
  let storage: PyTorchStorage
  let dtype: DType
  let shape: [Int]
  /// Elements from one index to the next, per dimension.
  let strides: [Int]
  /// Bytes of the storage that any element lies in.
  let extent: Range<Int>

  /// Whether its elements lie row-major without gaps, as `extent` has them.
  var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      guard stride == expected else { return false }
      expected *= size
    }
    return true
  }
}
