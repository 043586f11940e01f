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

  /// Its number, if it is one within `limits`, which end below 2³¹.
  @inline(never)
  func number(_ limits: ClosedRange<Int>) -> Int? {
    var value: Int64 = 0
    var next = text
    guard next.pointee != 0 else { return nil }
    while next.pointee != 0 {
      let digit = Int64(next.pointee) - 0x30
      guard 0...9 ~= digit, value <= Int64(limits.upperBound) else { return nil }
      value = value * 10 + digit
      next += 1
    }
    guard value <= Int64(limits.upperBound) else { return nil }
    return limits ~= Int(value) ? Int(value) : nil
  }

  /// Its bytes, without the zero at the end.
  var bytes: UnsafeRawBufferPointer {
    var count = 0
    while text[count] != 0 { count += 1 }
    return UnsafeRawBufferPointer(start: text, count: count)
  }
}
