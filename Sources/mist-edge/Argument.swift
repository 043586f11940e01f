/// One word of the command line. The system keeps it for as long as the process lives.
struct Argument: @unchecked Sendable {
  let text: UnsafePointer<CChar>

  @inline(never)
  func equals(_ other: StaticString) -> Bool {
    for i in 0..<other.utf8CodeUnitCount where UInt8(bitPattern: text[i]) != other.utf8Start[i] {
      return false
    }
    return text[other.utf8CodeUnitCount] == 0
  }

  var isOption: Bool { UInt8(bitPattern: text[0]) == UInt8(ascii: "-") }

  /// Its number, if it is one from 1 to 65536.
  var count: Int? {
    var value = 0
    var next = text
    while next.pointee != 0 {
      let digit = Int(next.pointee) - 0x30
      guard 0...9 ~= digit, value <= 65536 else { return nil }
      value = value * 10 + digit
      next += 1
    }
    return 1...65536 ~= value ? value : nil
  }
}
