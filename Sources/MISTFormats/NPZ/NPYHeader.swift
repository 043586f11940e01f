/// What stands before an array's elements in a `.npy` file: a signature, a version, and a Python dictionary literal.
struct NPYHeader: Sendable, Hashable {
  let type: NPYElementType
  /// Whether the first index runs fastest.
  let isFortran: Bool
  let shape: [Int]
  /// Bytes before the elements.
  let size: Int

  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Bytes that show how long a header of any version is.
  static let prefix = 12

  /// How many bytes the header has, going by its first `prefix` bytes, or as many as there are.
  static func size(_ start: UnsafeRawBufferPointer) throws -> Int {
    guard start.count >= 10, start.starts(with: signature) else {
      throw MISTError(.npzNotAnArray, "it does not begin as a NumPy array does")
    }
    let length: Int
    let before: Int
    switch (start[6], start[7]) {
    case (1, 0): (length, before) = (Int(start[8]) | Int(start[9]) << 8, 10)
    case (2, 0), (3, 0):
      guard start.count >= 12 else {
        throw MISTError(.npzHeaderBeyondMember, "it ends within its header's length")
      }
      (length, before) = ((0..<4).reduce(0) { $0 | Int(start[8 + $1]) << (8 * $1) }, 12)
    default:
      throw MISTError(
        .npzUnsupportedVersion,
        "its array has format version \(start[6]).\(start[7]), and 1.0, 2.0 and 3.0 are known")
    }
    guard length <= NPYLimits.header else {
      throw MISTError(
        .npzHeaderTooLarge,
        "its header claims \(length) bytes, more than the limit of \(NPYLimits.header)")
    }
    return before + length
  }

  /// Checks a whole header; `bytes` are `size(_:)` many.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    let start = bytes.count > 6 && bytes[6] == 1 ? 10 : 12
    guard bytes.count >= start else {
      throw MISTError(.npzHeaderBeyondMember, "it ends within its header's length")
    }
    var literal = PythonLiteral(bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]))
    var (descr, fortran, shape): (String?, Bool?, [Int]?)
    try literal.dictionary { literal, key in
      let isRepeated =
        switch key {
        case "descr": descr != nil
        case "fortran_order": fortran != nil
        default: shape != nil
        }
      switch key {
      case "descr" where !isRepeated: descr = try literal.type()
      case "fortran_order" where !isRepeated: fortran = try literal.boolean()
      case "shape" where !isRepeated: shape = try literal.tuple()
      case "descr", "fortran_order", "shape":
        throw MISTError(.npzDuplicateField, "its header gives \(quoted(key)) twice")
      default: throw MISTError(.npzUnknownField, "its header gives \(quoted(key)), which arrays do not have")
      }
    }
    try literal.end()
    func missing(_ key: String) -> MISTError {
      MISTError(.npzMissingField, "its header does not give '\(key)'")
    }
    guard let descr else { throw missing("descr") }
    guard let fortran else { throw missing("fortran_order") }
    guard let shape else { throw missing("shape") }
    type = try NPYElementType(descr)
    guard shape.count <= NPYLimits.dimensions else {
      throw MISTError(
        .npzTooManyDimensions,
        "it has \(shape.count) dimensions, more than the limit of \(NPYLimits.dimensions)")
    }
    guard checkedByteCount(shape.map { max($0, 1) }, type.dtype) != nil else {
      throw MISTError(.npzShapeOverflow, "shape \(text(shape)) has more bytes than 63 bits can count")
    }
    isFortran = fortran
    self.shape = shape
    size = bytes.count
  }
}
