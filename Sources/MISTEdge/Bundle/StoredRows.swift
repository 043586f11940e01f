/// Element types of features and weights as stored. Raw values are the bundle's.
public enum StoredType: UInt32, Sendable {
  case f32 = 0
  case f16 = 1
  /// Signed bytes with one `f32` scale per row (a token, or a matrix row).
  case int8 = 2

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .f32: 4
    case .f16: 2
    case .int8: 1
    }
  }
}

/// Turns stored rows into `f32`. What has long loops is not inlined, for the size of the runtime.
enum StoredRows {
  /// IEEE binary16 to binary32, exact for every value, by bits: not every target has the instruction or the library call.
  @inline(__always)
  static func widen(_ half: UInt16) -> Float {
    let magnitude = UInt32(half & 0x7FFF) << 13
    // Times 2¹¹²: moves the exponent's bias and normalises subnormals in one step.
    var bits = (Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)).bitPattern
    if half & 0x7C00 == 0x7C00 { bits = magnitude | 0x7F80_0000 }
    return Float(bitPattern: bits | UInt32(half & 0x8000) << 16)
  }

  /// Whether `bytes` (`f32`) hold finite numbers only.
  @inline(never)
  static func areFinite(_ bytes: UnsafeRawPointer, count: Int) -> Bool {
    var bad: UInt32 = 0
    for i in 0..<count {
      let bits = UInt32(littleEndian: (bytes + i &* 4).loadUnaligned(as: UInt32.self))
      bad |= (bits & 0x7F80_0000) &+ 0x0080_0000
    }
    return bad & 0x8000_0000 == 0
  }

  /// Whether `bytes` (`f16`) hold finite numbers only.
  @inline(never)
  static func areFiniteHalves(_ bytes: UnsafeRawPointer, count: Int) -> Bool {
    var bad: UInt16 = 0
    for i in 0..<count {
      let bits = UInt16(littleEndian: (bytes + i &* 2).loadUnaligned(as: UInt16.self))
      bad |= (bits & 0x7C00) &+ 0x0400
    }
    return bad & 0x8000 == 0
  }

  /// Whether `scales` (`f32`) are not negative, and no code and offset make a number that is not finite.
  @inline(never)
  static func areScales(
    _ scales: UnsafeRawPointer, count: Int, offsets: UnsafeRawPointer? = nil
  ) -> Bool {
    func float(_ bytes: UnsafeRawPointer, _ i: Int) -> Float {
      Float(bitPattern: UInt32(littleEndian: (bytes + i &* 4).loadUnaligned(as: UInt32.self)))
    }
    for i in 0..<count {
      let (scale, offset) = (float(scales, i), offsets.map { float($0, i) } ?? 0)
      guard (scale * 127 + offset.magnitude).isFinite, scale >= 0 else { return false }
    }
    return true
  }

  /// Whether the stored values are finite; for `int8` the scales are what to check.
  static func areFinite(_ type: StoredType, _ data: UnsafeRawPointer, count: Int) -> Bool {
    switch type {
    case .f32: areFinite(data, count: count)
    case .f16: areFiniteHalves(data, count: count)
    case .int8: true
    }
  }

  /// Writes `rows` × `columns` floats to `out`. `scales` (`f32`, one per row) is read for `int8` only.
  @inline(never)
  static func expand(
    _ type: StoredType, _ data: UnsafeRawPointer, scales: UnsafeRawPointer, rows: Int, columns: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    let count = rows * columns
    switch type {
    case .f32:
      for i in 0..<count {
        out[i] = Float(bitPattern: UInt32(littleEndian: (data + i &* 4).loadUnaligned(as: UInt32.self)))
      }
    case .f16:
      for i in 0..<count {
        out[i] = widen(UInt16(littleEndian: (data + i &* 2).loadUnaligned(as: UInt16.self)))
      }
    case .int8:
      for row in 0..<rows {
        let bits = UInt32(littleEndian: (scales + row &* 4).loadUnaligned(as: UInt32.self))
        let scale = Float(bitPattern: bits)
        let source = data + row &* columns
        let target = out + row &* columns
        for i in 0..<columns { target[i] = Float(source.load(fromByteOffset: i, as: Int8.self)) * scale }
      }
    }
  }
}
