import Foundation

/// JSON from files, read by Foundation. Keys and values with runs of combining marks, which it would compare for hours, are refused.
package enum JSONInput {
  /// The value in `data`. Throws what decoding throws, and `DecodingError.dataCorrupted` for runs of combining marks.
  package static func decode<Value: Decodable>(_: Value.Type, from data: Data) throws -> Value {
    try check(data)
    return try JSONDecoder().decode(Value.self, from: data)
  }

  /// The same, of a type that decodes in the light of `configuration`.
  package static func decode<Value: DecodableWithConfiguration>(
    _: Value.Type, from data: Data, configuration: Value.DecodingConfiguration
  ) throws -> Value {
    try check(data)
    return try JSONDecoder().decode(Value.self, from: data, configuration: configuration)
  }

  /// The object in `data`; nil for anything else.
  package static func object(_ data: Data) -> [String: Any]? {
    guard marksAreFew(in: data) else { return nil }
    return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
  }

  private static func check(_ data: Data) throws {
    guard !marksAreFew(in: data) else { return }
    throw DecodingError.dataCorrupted(
      .init(codingPath: [], debugDescription: "a text in it \(CombiningMarks.problem)"))
  }

  /// Whether every run of combining marks is within the limit, written as they are or as `\u0301`.
  static func marksAreFew(in data: Data) -> Bool {
    data.withUnsafeBytes { bytes in
      var run = CombiningMarks.Run()
      var high: UInt32 = 0
      var position = 0
      while position < bytes.count {
        let byte = bytes[position]
        let (scalar, length) =
          byte == UInt8(ascii: "\\") ? escape(bytes, position, &high) : character(bytes, position)
        position += length
        if let scalar, !run.takes(scalar) { return false }
      }
      return true
    }
  }

  /// The character that begins at `position`; what is not UTF-8 is the decoder's to refuse.
  private static func character(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> (Unicode.Scalar?, Int) {
    guard bytes[position] >= 0x80 else { return (Unicode.Scalar(bytes[position]), 1) }
    var end = position + 1
    while end < min(bytes.count, position + 4), bytes[end] & 0xC0 == 0x80 { end += 1 }
    let scalar = String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first
    return (scalar, end - position)
  }

  /// The character of an escape at `position`. The first half of a pair of surrogates is none, and stands in `high` until the second comes.
  private static func escape(
    _ bytes: UnsafeRawBufferPointer, _ position: Int, _ high: inout UInt32
  ) -> (Unicode.Scalar?, Int) {
    guard position + 6 <= bytes.count, bytes[position + 1] == UInt8(ascii: "u"),
      let unit = UInt32(String(decoding: bytes[(position + 2)..<(position + 6)], as: UTF8.self), radix: 16)
    else { return ("?", min(2, bytes.count - position)) }
    defer { high = (0xD800..<0xDC00).contains(unit) ? unit : 0 }
    if high != 0, (0xDC00..<0xE000).contains(unit) {
      return (Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)), 6)
    }
    return (Unicode.Scalar(unit), 6)
  }
}
