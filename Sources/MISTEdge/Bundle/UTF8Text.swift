/// Checks on text that the runtime prints and never interprets.
enum UTF8Text {
  /// Whether `bytes` are well-formed UTF-8 (Unicode 15, table 3-7): no surrogates, no overlong forms.
  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var i = 0
    while i < bytes.count {
      let lead = bytes[i]
      i += 1
      if lead < 0x80 { continue }
      var low: UInt8 = 0x80
      var high: UInt8 = 0xBF
      var more = 1
      switch lead {
      case 0xC2...0xDF: break
      case 0xE0: (low, more) = (0xA0, 2)
      case 0xED: (high, more) = (0x9F, 2)
      case 0xE1...0xEF: more = 2
      case 0xF0: (low, more) = (0x90, 3)
      case 0xF1...0xF3: more = 3
      case 0xF4: (high, more) = (0x8F, 3)
      default: return false
      }
      for _ in 0..<more {
        guard i < bytes.count, bytes[i] >= low, bytes[i] <= high else { return false }
        (low, high) = (0x80, 0xBF)
        i += 1
      }
    }
    return true
  }

  /// Whether valid UTF-8 holds a C0 or C1 control character or DEL: they could break a line or drive a terminal.
  static func hasControlCharacter(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var previous: UInt8 = 0
    for byte in bytes {
      if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return true }
      previous = byte
    }
    return false
  }
}
