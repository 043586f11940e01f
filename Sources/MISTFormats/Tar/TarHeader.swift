/// One header block of 512 bytes, as POSIX's ustar and GNU tar write it.
struct TarHeader {
  static let size = 512

  let type: UInt8
  /// As the name fields say it, the prefix included.
  let name: ArraySlice<UInt8>
  /// Bytes that follow the header, without padding.
  let dataSize: Int

  /// Throws `tar.checksum`, `tar.unsupported-format`, `tar.invalid-number`.
  init(_ block: [UInt8]) throws {
    try Self.checkSum(block)
    // "ustar", a zero byte and a version, or GNU's spaces.
    let magic = block[257..<263]
    let isPOSIX = magic.elementsEqual("ustar\0".utf8)
    guard isPOSIX || magic.elementsEqual("ustar ".utf8) else {
      throw MISTError(
        .tarUnsupportedFormat, "its header is of neither ustar, pax nor GNU tar",
        advice: "pack it again, with tar --format=pax")
    }
    type = block[156]
    dataSize = try Self.number(block[124..<136], "size")
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    let last = Self.text(block[0..<100])
    name = prefix.isEmpty ? last : prefix + [UInt8(ascii: "/")] + last
  }

  /// What stands before the first zero byte.
  private static func text(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> { field.prefix { $0 != 0 } }

  /// The sum of the header's bytes with the checksum's own as spaces; old programs took bytes as signed.
  private static func checkSum(_ block: [UInt8]) throws {
    var (plain, signed) = (0, 0)
    for (i, byte) in block.enumerated() {
      let counted = 148..<156 ~= i ? UInt8(ascii: " ") : byte
      plain += Int(counted)
      signed += Int(Int8(bitPattern: counted))
    }
    let said = try? number(block[148..<156], "checksum")
    guard said == plain || said == signed else {
      throw MISTError(
        .tarChecksum, "its header's checksum is \(plain), and \(said.map(String.init) ?? "none") is written")
    }
  }

  /// Octal digits between spaces up to a zero byte, or, for large numbers, 0x80 and the number in binary.
  private static func number(_ field: ArraySlice<UInt8>, _ what: String) throws -> Int {
    var value = 0
    let digits: ArraySlice<UInt8>
    let shift: Int
    if let first = field.first, first & 0x80 != 0 {
      // The lower bits of the first byte belong to the number; 0xFF begins a negative one.
      digits = [first & 0x7f] + field.dropFirst()
      shift = 8
    } else {
      let text = text(field).drop { $0 == 0x20 }
      digits = text.reversed().drop { $0 == 0x20 }.reversed()[...].map { $0 &- 0x30 }[...]
      guard digits.allSatisfy({ $0 < 8 }) else {
        throw MISTError(.tarInvalidNumber, "its \(what) is not a number")
      }
      shift = 3
    }
    for digit in digits {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 1 << shift)
      guard !overflow else { throw MISTError(.tarInvalidNumber, "its \(what) does not fit 63 bits") }
      value = shifted | Int(digit)
    }
    return value
  }
}
