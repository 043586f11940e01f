/// The labels of a shard, in whichever type of integer they are stored.
struct ShardLabels {
  private let element: ShardTensor.Element
  private let bytes: UnsafeRawBufferPointer

  /// Those of `count` samples.
  init(_ tensor: ShardTensor, _ count: Int, in file: UnsafeRawBufferPointer) throws(EdgeError) {
    guard tensor.hasShape((count, 0, 0, 0), dimensions: 1) else { throw EdgeError(.shardBadShape) }
    if case .stored(let type) = tensor.element, type != .int8 { throw EdgeError(.shardUnknownType) }
    element = tensor.element
    bytes = try tensor.bytes(in: file)
  }

  /// The label of sample `index`, which must be below their number.
  subscript(index: Int) -> Int64 {
    get throws(EdgeError) {
      switch element {
      case .u8: return Int64(bytes[index])
      case .stored: return Int64(Int8(bitPattern: bytes[index]))
      case .u16, .i16:
        let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
        if case .u16 = element { return Int64(bits) } else { return Int64(Int16(bitPattern: bits)) }
      case .u32: return Int64(bytes.u32(at: 4 * index))
      case .i32: return Int64(Int32(bitPattern: bytes.u32(at: 4 * index)))
      case .i64: return Int64(bitPattern: bytes.u64(at: 8 * index))
      case .other: throw EdgeError(.shardUnknownType)
      }
    }
  }
}
