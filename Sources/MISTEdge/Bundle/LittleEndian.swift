/// Little-endian reads from bytes whose length the caller has checked.
extension UnsafeRawBufferPointer {
  func u32(at offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  func u64(at offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  func float(at offset: Int) -> Float { Float(bitPattern: u32(at: offset)) }

  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

  func isZero(_ range: Range<Int>) -> Bool {
    for i in range where self[i] != 0 { return false }
    return true
  }
}
