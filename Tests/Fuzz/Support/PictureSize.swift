/// Pixels that a JPEG or PNG file says it has, 0 when it does not say so plainly. Decoding a picture of many takes long, whatever
/// else it holds, so that a fuzzer learns nothing from it.
package func claimedPixels(_ bytes: UnsafeRawBufferPointer) -> Int {
  func u16(_ offset: Int) -> Int { Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) }
  func u32(_ offset: Int) -> Int { u16(offset) << 16 | u16(offset + 2) }
  if bytes.count >= 24, bytes[0] == 0x89 {
    return u32(16).multipliedReportingOverflow(by: u32(20)).partialValue.magnitude > 1 << 40
      ? Int.max : u32(16) &* u32(20)
  }
  guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return 0 }
  // Any frame header, wherever it stands: markers need not be where the lengths before them say.
  var most = 0
  for place in 2..<bytes.count where place + 9 <= bytes.count && bytes[place] == 0xFF {
    let isFrame = (0xC0...0xCF).contains(bytes[place + 1]) && ![0xC4, 0xC8, 0xCC].contains(bytes[place + 1])
    if isFrame { most = max(most, u16(place + 5) * u16(place + 7)) }
  }
  return most
}
