/// CRC-32 as in ISO 3309, zlib and PNG (polynomial 0xEDB88320, reflected), eight bytes per step.
public struct CRC32: ~Copyable {
  // table[256·j + b]: the effect of byte b followed by j zero bytes. 8 KB, gone with the value.
  private let table: UnsafeMutablePointer<UInt32>

  /// Makes the tables; checksums do not depend on one another.
  public init() {
    table = .allocate(capacity: 8 * 256)
    for byte in 0..<256 { table[byte] = Self.entry(UInt32(truncatingIfNeeded: byte)) }
    for entry in 256..<(8 * 256) {
      let value = table[entry - 256]
      table[entry] = value >> 8 ^ table[Int(value & 0xFF)]
    }
  }

  deinit { table.deallocate() }

  /// The checksum of three parts, one after another, with a table of 1 KB on the stack: for where no memory can be asked for.
  static func checksum(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, _ third: UnsafeRawBufferPointer
  ) -> UInt32 {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { table in
      for byte in 0..<256 { table[byte] = Self.entry(UInt32(truncatingIfNeeded: byte)) }
      var crc = ~UInt32(0)
      guard let base = table.baseAddress else { return 0 }
      for part in [first, second, third] { crc = Self.add(part, from: 0, to: crc, base) }
      return ~crc
    }
  }

  /// Takes the bytes from `start` on into `crc`, one after another.
  private static func add(
    _ bytes: UnsafeRawBufferPointer, from start: Int, to crc: UInt32, _ table: UnsafePointer<UInt32>
  ) -> UInt32 {
    var crc = crc
    for offset in start..<bytes.count { crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[offset])) & 0xFF)] }
    return crc
  }

  /// The effect of one byte.
  private static func entry(_ byte: UInt32) -> UInt32 {
    var value = byte
    for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
    return value
  }

  /// The checksum of `bytes`; pass an earlier result as `start` to go on where it ended.
  public func checksum(_ bytes: UnsafeRawBufferPointer, from start: UInt32 = 0) -> UInt32 {
    var crc = ~start
    var offset = 0
    let t = table
    while offset &+ 8 <= bytes.count {
      let word = bytes.u64(at: offset) ^ UInt64(crc)
      let low = UInt32(truncatingIfNeeded: word)
      let high = UInt32(truncatingIfNeeded: word >> 32)
      let a = t[1792 &+ Int(low & 0xFF)] ^ t[1536 &+ Int(low >> 8 & 0xFF)]
      let b = t[1280 &+ Int(low >> 16 & 0xFF)] ^ t[1024 &+ Int(low >> 24)]
      let c = t[768 &+ Int(high & 0xFF)] ^ t[512 &+ Int(high >> 8 & 0xFF)]
      let d = t[256 &+ Int(high >> 16 & 0xFF)] ^ t[Int(high >> 24)]
      crc = a ^ b ^ c ^ d
      offset &+= 8
    }
    return ~Self.add(bytes, from: offset, to: crc, t)
  }
}
