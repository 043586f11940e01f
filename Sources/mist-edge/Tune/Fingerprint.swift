#if !MIST_WITHOUT_TUNING
  import MISTEdge

  /// A number of 64 bits that tells what was asked for from anything else (FNV-1a): against mistakes, not against malice.
  struct Fingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
      var hash = value
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      value = hash
      add(bytes.count)
    }

    mutating func add(_ number: Int) {
      value = (value ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01B3
      value ^= value >> 29
    }

    mutating func add(_ number: Float) { add(Int(number.bitPattern & 0x7FFF_FFFF)) }
  }
#endif
