import Foundation

/// A small image set whose classes are told apart by where a bright bar stands: drawn here, so that the end-to-end test needs no
/// files and a head that learned nothing shows.
enum DrawnImages {
  static let classes = ["left", "middle", "right"]
  static let size = 24

  /// Writes `counts` images per class and split as PNG files below `folder`.
  static func write(to folder: String, counts: [(split: String, perClass: Int)]) throws {
    for (split, count) in counts {
      for (index, name) in classes.enumerated() {
        let place = "\(folder)/\(split)/\(name)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for number in 0..<count {
          let pixels = bar(at: 2 + 8 * index + number % 4, height: 8 + number % 9, top: number % 5)
          let file = png(pixels, width: size, height: size)
          try Data(file).write(to: URL(fileURLWithPath: "\(place)/\(split)-\(number).png"))
        }
      }
    }
  }

  /// Grey pixels: a bar three pixels wide on a dark ramp.
  private static func bar(at column: Int, height: Int, top: Int) -> [UInt8] {
    (0..<size * size).map { index in
      let (row, x) = index.quotientAndRemainder(dividingBy: size)
      let inside = (column..<column + 3).contains(x) && (top..<top + height).contains(row)
      return inside ? 250 : UInt8(10 + row)
    }
  }

  /// An 8-bit greyscale PNG in one stored (not compressed) deflate block, which holds less than 64 KiB.
  static func png(_ pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
    let raw = (0..<height).flatMap { [0] + pixels[$0 * width..<($0 + 1) * width] }
    let length = UInt16(raw.count)
    var stream: [UInt8] = [0x78, 0x01, 1]
    stream += [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
    stream += raw + big(adler(raw))
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", big(UInt32(width)) + big(UInt32(height)) + [8, 0, 0, 0, 0])
      + chunk("IDAT", stream) + chunk("IEND", [])
  }

  private static func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    let content = Array(kind.utf8) + body
    return big(UInt32(body.count)) + content + big(crc(content))
  }

  private static func big(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    let (a, b) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let a = (sums.0 + UInt32(byte)) % 65521
      return (a, (sums.1 + a) % 65521)
    }
    return b << 16 | a
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { s, _ in s & 1 == 1 ? s >> 1 ^ 0xEDB8_8320 : s >> 1 }
    }
  }
}
