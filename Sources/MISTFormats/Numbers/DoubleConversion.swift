/// Elements of every type as doubles: exact but for 64-bit integers beyond 2⁵³.
package enum DoubleConversion {
  /// Converts all elements of `source`, little-endian and of type `dtype`, into `destination`, which has at least one place for
  /// each. The source may be unaligned.
  package static func toDoubles(
    _ source: UnsafeRawBufferPointer, dtype: DType, into destination: UnsafeMutableBufferPointer<Double>
  ) {
    switch dtype {
    case .bool, .u8: convert(source, UInt8.self, destination) { Double($0) }
    case .i8: convert(source, UInt8.self, destination) { Double(Int8(bitPattern: $0)) }
    case .u16: convert(source, UInt16.self, destination) { Double($0) }
    case .i16: convert(source, UInt16.self, destination) { Double(Int16(bitPattern: $0)) }
    case .u32: convert(source, UInt32.self, destination) { Double($0) }
    case .i32: convert(source, UInt32.self, destination) { Double(Int32(bitPattern: $0)) }
    case .u64: convert(source, UInt64.self, destination) { Double($0) }
    case .i64: convert(source, UInt64.self, destination) { Double(Int64(bitPattern: $0)) }
    case .f8e4m3: convert(source, UInt8.self, destination) { Double(FloatConversion.float(f8e4m3: $0)) }
    case .f8e5m2:
      convert(source, UInt8.self, destination) { Double(FloatConversion.float(half: UInt16($0) << 8)) }
    case .f16: convert(source, UInt16.self, destination) { Double(FloatConversion.float(half: $0)) }
    case .bf16: convert(source, UInt16.self, destination) { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .f32: convert(source, UInt32.self, destination) { Double(Float(bitPattern: $0)) }
    case .f64: convert(source, UInt64.self, destination) { Double(bitPattern: $0) }
    }
  }

  @inline(__always)
  private static func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _: Bits.Type, _ destination: UnsafeMutableBufferPointer<Double>,
    _ value: (Bits) -> Double
  ) {
    guard let from = source.baseAddress, let to = destination.baseAddress else { return }
    let size = MemoryLayout<Bits>.size
    for index in 0..<min(source.count / size, destination.count) {
      let bits = from.loadUnaligned(fromByteOffset: index &* size, as: Bits.self)
      to[index] = value(Bits(littleEndian: bits))
    }
  }
}
