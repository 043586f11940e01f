/// Decodes the elements of a tensor's typed data field: numbers of the wire format, packed into arrays, one
/// by one, or both.
struct ONNXTypedData {
  let file: UnsafeRawBufferPointer
  /// Where the `TensorProto` lies.
  let message: Range<Int>
  let field: Int
  let dtype: DType
  /// Bytes that the tensor's shape needs.
  let size: Int
  let place: String

  /// Writes the elements, little-endian, to `destination`, which has `size` bytes; only checks them when it
  /// is nil. Throws `onnx.payload-size` when there are more or fewer than the shape needs,
  /// `onnx.value-range` when one is not of the tensor's type.
  func decode(into destination: UnsafeMutableRawBufferPointer?) throws {
    var offset = 0
    var reader = WireReader(file, message, "TensorProto")
    while let piece = try reader.next() {
      guard piece.number == field else { continue }
      switch piece.value {
      case .varint(let value): try store(value, &offset, destination)
      case .fixed32(let value): try storeBits(value, &offset, destination)
      case .fixed64(let value): try storeBits(value, &offset, destination)
      case .bytes(let range):
        var packed = WireReader(file, range, "TensorProto")
        while packed.position < packed.end {
          switch field {
          case 4: try storeBits(UInt32(littleEndian: packed.fixed(UInt32.self)), &offset, destination)
          case 10: try storeBits(UInt64(littleEndian: packed.fixed(UInt64.self)), &offset, destination)
          default: try store(try packed.varint(), &offset, destination)
          }
        }
      }
    }
    guard offset == size else { throw wrongSize("\(offset / dtype.size)") }
  }

  /// Stores an integer of the wire, which has 64 bits, as an element.
  private func store(
    _ wire: UInt64, _ offset: inout Int, _ destination: UnsafeMutableRawBufferPointer?
  ) throws {
    let value = Int64(bitPattern: wire)
    switch dtype {
    case .bool: try store(value, in: 0...1, UInt8.self, &offset, destination)
    case .u8, .f8e4m3, .f8e5m2: try store(value, in: 0...0xff, UInt8.self, &offset, destination)
    case .i8: try store(value, in: -0x80...0x7f, UInt8.self, &offset, destination)
    case .u16, .f16, .bf16: try store(value, in: 0...0xffff, UInt16.self, &offset, destination)
    case .i16: try store(value, in: -0x8000...0x7fff, UInt16.self, &offset, destination)
    case .i32: try store(value, in: -0x8000_0000...0x7fff_ffff, UInt32.self, &offset, destination)
    case .u32: try store(value, in: 0...0xffff_ffff, UInt32.self, &offset, destination)
    case .i64, .u64: try storeBits(wire, &offset, destination)
    case .f32, .f64: throw MISTError(.bug, at: place, "integers were taken for \(dtype.rawValue)")
    }
  }

  private func store<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ value: Int64, in range: ClosedRange<Int64>, _: Bits.Type, _ offset: inout Int,
    _ destination: UnsafeMutableRawBufferPointer?
  ) throws {
    guard range.contains(value) else {
      throw MISTError(
        .onnxValueRange, at: place,
        "element \(offset / dtype.size) is \(value), which is not between \(range.lowerBound) and "
          + "\(range.upperBound) as \(dtype.rawValue) demands")
    }
    try storeBits(Bits(truncatingIfNeeded: value), &offset, destination)
  }

  private func storeBits<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ bits: Bits, _ offset: inout Int, _ destination: UnsafeMutableRawBufferPointer?
  ) throws {
    guard offset <= size - MemoryLayout<Bits>.size else { throw wrongSize("more") }
    destination?.storeBytes(of: bits.littleEndian, toByteOffset: offset, as: Bits.self)
    offset += MemoryLayout<Bits>.size
  }

  private func wrongSize(_ found: String) -> MISTError {
    MISTError(
      .onnxPayloadSize, at: place,
      "its dims need \(size / dtype.size) elements of \(dtype.rawValue), but its data has \(found)")
  }
}
