/// How many of some floating-point numbers are of each special kind. Counted on the bits, for any of the types and with
/// loops that vectorise.
package struct FloatCensus: Sendable, Hashable {
  package private(set) var count = 0
  package private(set) var zeros = 0
  package private(set) var subnormals = 0
  package private(set) var infinities = 0
  package private(set) var nans = 0

  package init() {}

  /// Counts all elements of `bytes`, of type `dtype`. Throws `tensor.not-float` for other than floating-point types.
  package mutating func add(_ bytes: UnsafeRawBufferPointer, dtype: DType) throws {
    switch dtype {
    case .f16: add(bytes, UInt16.self, exponent: 0x7c00, smallestNormal: 0x0400)
    case .bf16: add(bytes, UInt16.self, exponent: 0x7f80, smallestNormal: 0x0080)
    case .f32: add(bytes, UInt32.self, exponent: 0x7f80_0000, smallestNormal: 0x0080_0000)
    case .f64:
      add(bytes, UInt64.self, exponent: 0x7ff0_0000_0000_0000, smallestNormal: 0x0010_0000_0000_0000)
    case .f8e5m2: add(bytes, UInt8.self, exponent: 0x7c, smallestNormal: 0x04)
    case .f8e4m3:
      // Without infinities: the largest magnitude alone is NaN.
      add(bytes, UInt8.self, exponent: 0x7f, smallestNormal: 0x08)
      (nans, infinities) = (nans + infinities, 0)
    default:
      throw MISTError(
        .tensorNotFloat, "a floating-point type is expected, but this is \(dtype.rawValue)")
    }
  }

  private mutating func add<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _: Bits.Type, exponent: Bits, smallestNormal: Bits
  ) {
    guard let base = bytes.baseAddress else { return }
    let size = MemoryLayout<Bits>.size
    let elements = bytes.count / size
    count += elements
    var start = 0
    while start < elements {
      // Sums of a chunk stay as narrow as the elements, so that they share vectors with them.
      let chunk = min(elements - start, Bits.bitWidth == 8 ? 255 : 1 << 15)
      var (zero, small, infinite, nan): (Bits, Bits, Bits, Bits) = (0, 0, 0, 0)
      for index in start..<start + chunk {
        let bits = Bits(littleEndian: base.loadUnaligned(fromByteOffset: index &* size, as: Bits.self))
        let magnitude = bits & (Bits.max >> 1)
        zero &+= magnitude == 0 ? 1 : 0
        small &+= magnitude < smallestNormal ? 1 : 0
        infinite &+= magnitude == exponent ? 1 : 0
        nan &+= magnitude > exponent ? 1 : 0
      }
      zeros += Int(zero)
      subnormals += Int(small) - Int(zero)
      infinities += Int(infinite)
      nans += Int(nan)
      start += chunk
    }
  }
}
