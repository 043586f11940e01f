import MISTEdge

extension TextOutput {
  /// A JSON string. `bytes` are UTF-8 without control characters, as the bundle's reader has checked.
  func quoted(_ bytes: UnsafeRawBufferPointer) {
    byte(UInt8(ascii: "\""))
    for b in bytes {
      if b == UInt8(ascii: "\"") || b == UInt8(ascii: "\\") { byte(UInt8(ascii: "\\")) }
      byte(b)
    }
    byte(UInt8(ascii: "\""))
  }

  func quoted(_ text: StaticString) {
    quoted(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A key and its colon; before it the brace that opens its object, or a comma.
  func key(_ name: StaticString, opening: Bool = false) {
    byte(opening ? UInt8(ascii: "{") : UInt8(ascii: ","))
    quoted(name)
    byte(UInt8(ascii: ":"))
  }

  func boolean(_ value: Bool) { text(value ? "true" : "false") }

  /// A float that reads back as the same float; `null` when it is not finite.
  func jsonNumber(_ value: Float) {
    if value.isFinite { scientific(value, digits: 9) } else { text("null") }
  }
}
