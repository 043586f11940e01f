/// A name from a file, quoted for a message: control characters escaped, and cut when it is very long.
package func quoted(_ name: some StringProtocol) -> String {
  var text = ""
  var length = 0
  for scalar in name.unicodeScalars {
    guard length < 120 else {
      text += "…"
      break
    }
    length += 1
    if scalar.value < 0x20 || scalar.value == 0x7f {
      text += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      text.unicodeScalars.append(scalar)
    }
  }
  return "'" + text + "'"
}

/// The first `limit` characters of a part of a message.
package func cut(_ text: String, to limit: Int) -> String {
  guard text.utf8.count > limit else { return text }
  let scalars = text.unicodeScalars
  guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
    end < scalars.endIndex
  else { return text }
  return String(scalars[..<end]) + "…"
}

/// A shape for a message, such as `[1, 197, 768]`, cut when it has very many dimensions.
func text(_ shape: [Int]) -> String {
  "[" + shape.prefix(16).map(String.init).joined(separator: ", ") + (shape.count > 16 ? ", …]" : "]")
}

/// Number of elements of `shape`, nil when it overflows `Int`. Dimensions are not negative.
func checkedCount(_ shape: [Int]) -> Int? {
  var count = 1
  for dimension in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
    guard !overflow else { return nil }
    count = product
  }
  return count
}

/// Bytes of a tensor of `shape`, nil when that overflows `Int`. Dimensions are not negative.
func checkedByteCount(_ shape: [Int], _ dtype: DType) -> Int? {
  guard let count = checkedCount(shape) else { return nil }
  let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.size)
  return overflow ? nil : bytes
}

/// Offset of the first byte that is not part of well-formed UTF-8, nil when all is.
func firstInvalidUTF8(_ bytes: UnsafeRawBufferPointer) -> Int? {
  var position = 0
  while position < bytes.count {
    if position + 8 <= bytes.count,
      bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      position += 8
      continue
    }
    let lead = bytes[position]
    if lead < 0x80 {
      position += 1
      continue
    }
    // Allowed range of the second byte: excludes overlong forms, surrogates, and values over U+10FFFF.
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xbf
    switch lead {
    case 0xc2...0xdf: length = 2
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xe1...0xef: length = 3
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    case 0xf1...0xf3: length = 4
    default: return position
    }
    guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return position }
    for offset in 2..<max(2, length) where bytes[position + offset] & 0xc0 != 0x80 { return position }
    position += length
  }
  return nil
}
