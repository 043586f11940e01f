/// One entry of a safetensors header: element type, up to four dimensions, and place in the data.
struct ShardTensor {
  enum Element {
    case stored(StoredType)
    case u8, u16, i16, i32, u32, i64
    case other

    /// Bytes of one element; nil for types that a shard has no use for.
    var size: Int? {
      switch self {
      case .stored(let type): type.size
      case .u8: 1
      case .u16, .i16: 2
      case .i32, .u32: 4
      case .i64: 8
      case .other: nil
      }
    }

    init(_ name: UnsafeRawBufferPointer) {
      if name.equals("F32") {
        self = .stored(.f32)
      } else if name.equals("F16") {
        self = .stored(.f16)
      } else if name.equals("I8") {
        self = .stored(.int8)
      } else if name.equals("U8") {
        self = .u8
      } else if name.equals("U16") {
        self = .u16
      } else if name.equals("I16") {
        self = .i16
      } else if name.equals("I32") {
        self = .i32
      } else if name.equals("U32") {
        self = .u32
      } else if name.equals("I64") {
        self = .i64
      } else {
        self = .other
      }
    }
  }

  private(set) var element = Element.other
  private(set) var dimensions = 0
  private(set) var shape = (0, 0, 0, 0)
  private var begin = 0
  private(set) var end = 0

  /// Reads the entry's object.
  @inline(never)
  init(_ scanner: inout HeaderScanner) throws(EdgeError) {
    try scanner.expect(UInt8(ascii: "{"))
    var seen = (dtype: false, shape: false, offsets: false)
    repeat {
      let key = try scanner.string()
      try scanner.expect(UInt8(ascii: ":"))
      if key.equals("dtype") {
        guard !seen.dtype else { throw EdgeError(.shardDuplicateKey) }
        seen.dtype = true
        element = Element(try scanner.string())
      } else if key.equals("shape") {
        guard !seen.shape else { throw EdgeError(.shardDuplicateKey) }
        seen.shape = true
        try readShape(&scanner)
      } else if key.equals("data_offsets") {
        guard !seen.offsets else { throw EdgeError(.shardDuplicateKey) }
        seen.offsets = true
        try scanner.expect(UInt8(ascii: "["))
        begin = try scanner.integer()
        try scanner.expect(UInt8(ascii: ","))
        end = try scanner.integer()
        try scanner.expect(UInt8(ascii: "]"))
      } else {
        throw scanner.malformed()
      }
    } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "}"))
    guard seen.dtype, seen.shape, seen.offsets else { throw scanner.malformed() }
  }

  private mutating func readShape(_ scanner: inout HeaderScanner) throws(EdgeError) {
    try scanner.expect(UInt8(ascii: "["))
    if scanner.take(UInt8(ascii: "]")) { return }
    repeat {
      let size = try scanner.integer()
      switch dimensions {
      case 0: shape.0 = size
      case 1: shape.1 = size
      case 2: shape.2 = size
      case 3: shape.3 = size
      default: break
      }
      dimensions += 1
    } while scanner.take(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "]"))
  }

  /// Whether the tensor has exactly these dimensions.
  func hasShape(_ sizes: (Int, Int, Int, Int), dimensions count: Int) -> Bool {
    dimensions == count && shape.0 == sizes.0 && (count < 2 || shape.1 == sizes.1)
      && (count < 3 || shape.2 == sizes.2) && (count < 4 || shape.3 == sizes.3)
  }

  /// The tensor's bytes in `data`, after checking that offsets, shape and element type agree; `dimensions` is at most 4.
  func bytes(in data: UnsafeRawBufferPointer) throws(EdgeError) -> UnsafeRawBufferPointer {
    guard let size = element.size else { throw EdgeError(.shardUnknownType) }
    guard begin <= end, end <= data.count else {
      throw EdgeError(.shardBadOffsets, expected: data.count, found: end)
    }
    var length = size
    for (index, factor) in [shape.0, shape.1, shape.2, shape.3].enumerated() where index < dimensions {
      let (product, overflow) = length.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw EdgeError(.shardBadShape) }
      length = product
    }
    guard end - begin == length else {
      throw EdgeError(.shardBadOffsets, expected: length, found: end - begin)
    }
    return data.part(begin..<end)
  }
}
