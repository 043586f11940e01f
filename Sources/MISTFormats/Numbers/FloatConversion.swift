/// Conversion between the floating-point types of tensors on disk and `Float`. To a narrower type values
/// round to nearest, ties to even; too large ones become infinite; NaN stays NaN. The loops work on
/// integers because `Float16` is a library call per element on x86-64, and because these vectorise
/// everywhere. Sources may be unaligned, as views of mapped files are.
package enum FloatConversion {
  /// Converts all elements of `source`, of type `dtype`, into `destination`.
  /// Throws `tensor.not-float` for other than floating-point types, and `tensor.size-mismatch` when
  /// `destination` does not have one place for each element.
  package static func toFloats(
    _ source: UnsafeRawBufferPointer, dtype: DType, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    try check(bytes: source.count, dtype: dtype, elements: destination.count)
    switch dtype {
    case .f32: UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
    case .f16: convert(source, UInt16.self, into: destination) { float(half: $0) }
    case .bf16: convert(source, UInt16.self, into: destination) { Float(bitPattern: UInt32($0) << 16) }
    case .f64: convert(source, UInt64.self, into: destination) { Float(Double(bitPattern: $0)) }
    case .f8e4m3: convert(source, UInt8.self, into: destination) { float(f8e4m3: $0) }
    // The five exponent bits of F8_E5M2 are those of a half: it is a half's upper byte.
    case .f8e5m2: convert(source, UInt8.self, into: destination) { float(half: UInt16($0) << 8) }
    default: throw notFloat(dtype)
    }
  }

  /// All elements of `source`, of type `dtype`, as an array. Throws as `toFloats` does.
  package static func floats(_ source: UnsafeRawBufferPointer, dtype: DType) throws -> [Float] {
    let count = source.count / dtype.size
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      try toFloats(source, dtype: dtype, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// Converts all of `source` to `dtype`, one of `f32`, `f16`, `bf16` and `f64`, into `destination`.
  /// Throws `tensor.not-float` for other types, and `tensor.size-mismatch` when `destination` has not exactly
  /// the bytes that the elements need.
  package static func fromFloats(
    _ source: UnsafeBufferPointer<Float>, to dtype: DType, into destination: UnsafeMutableRawBufferPointer
  ) throws {
    try check(bytes: destination.count, dtype: dtype, elements: source.count)
    switch dtype {
    case .f32: destination.copyMemory(from: UnsafeRawBufferPointer(source))
    case .f16: convert(source, into: destination) { half($0) }
    case .bf16: convert(source, into: destination) { bfloat($0) }
    case .f64: convert(source, into: destination) { Double($0).bitPattern }
    default: throw notFloat(dtype)
    }
  }

  /// Bits of the half nearest to `value`.
  @inline(__always)
  package static func half(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = (bits >> 16) & 0x8000
    let magnitude = bits & 0x7fff_ffff
    // Adding 0.5, whose unit in the last place is the smallest half, lets the adder round subnormal results.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3f00_0000
    let normal = (magnitude &- 0x3800_0000 &+ 0xfff &+ ((magnitude >> 13) & 1)) >> 13
    let nan = 0x7e00 | ((magnitude >> 13) & 0x3ff)
    var result = magnitude < 0x3880_0000 ? subnormal : normal
    result = magnitude >= 0x477f_f000 ? 0x7c00 : result
    result = magnitude > 0x7f80_0000 ? nan : result
    return UInt16(truncatingIfNeeded: result | sign)
  }

  /// The value of the half with these bits: exact.
  @inline(__always)
  package static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff)
    // 2^112 moves the exponent from a half's bias to a float's, subnormal halves included.
    let finite = (Float(bitPattern: magnitude << 13) * Float(bitPattern: 0x7780_0000)).bitPattern
    let special: UInt32 = magnitude >= 0x7c00 ? 0x7f80_0000 : 0
    return Float(bitPattern: finite | special | sign)
  }

  /// Bits of the bfloat16 nearest to `value`.
  @inline(__always)
  package static func bfloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16
    let nan = (bits >> 16) | 0x40
    return UInt16(truncatingIfNeeded: bits & 0x7fff_ffff > 0x7f80_0000 ? nan : rounded)
  }

  /// The value of an F8_E4M3 number (the variant without infinities, `E4M3FN`): exact.
  @inline(__always)
  package static func float(f8e4m3 bits: UInt8) -> Float {
    let sign = UInt32(bits & 0x80) << 24
    let magnitude = UInt32(bits & 0x7f)
    let finite = (Float(bitPattern: magnitude << 20) * Float(bitPattern: 0x7b80_0000)).bitPattern
    return Float(bitPattern: (magnitude == 0x7f ? 0x7fc0_0000 : finite) | sign)
  }

  @inline(__always)
  private static func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _: Bits.Type, into destination: UnsafeMutableBufferPointer<Float>,
    _ value: (Bits) -> Float
  ) {
    guard let from = source.baseAddress, let to = destination.baseAddress else { return }
    for index in 0..<destination.count {
      let bits = from.loadUnaligned(fromByteOffset: index &* MemoryLayout<Bits>.size, as: Bits.self)
      to[index] = value(Bits(littleEndian: bits))
    }
  }

  @inline(__always)
  private static func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeBufferPointer<Float>, into destination: UnsafeMutableRawBufferPointer,
    _ bits: (Float) -> Bits
  ) {
    guard let from = source.baseAddress, let to = destination.baseAddress else { return }
    for index in 0..<source.count {
      to.storeBytes(
        of: bits(from[index]).littleEndian, toByteOffset: index &* MemoryLayout<Bits>.size, as: Bits.self)
    }
  }

  private static func check(bytes: Int, dtype: DType, elements: Int) throws {
    guard bytes % dtype.size == 0, bytes / dtype.size == elements else {
      throw MISTError(
        .tensorSizeMismatch, "\(bytes) bytes of \(dtype.rawValue) are not \(elements) elements")
    }
  }

  private static func notFloat(_ dtype: DType) -> MISTError {
    MISTError(.tensorNotFloat, "a floating-point type is expected, but this is \(dtype.rawValue)")
  }
}

extension ErrorCode {
  package static let tensorNotFloat = ErrorCode("tensor.not-float")
  package static let tensorSizeMismatch = ErrorCode("tensor.size-mismatch")
}
