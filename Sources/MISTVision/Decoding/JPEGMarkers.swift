import Foundation
import MISTFormats

/// What a JPEG file's markers say, found by walking them from start to end of image (ITU-T T.81, annex B).
struct JPEGMarkers {
  let width: Int
  let height: Int
  let components: Int
  /// Where the contents of the APP1 segments before the first scan lie: EXIF data and XMP.
  private var metadata: [Range<Int>] = []

  /// Walks the markers. libjpeg fills a truncated file up with grey and only warns, Pillow refuses it, so the end of
  /// image must be found here. Throws `image.truncated` and `image.corrupt`.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    var frame: (width: Int, height: Int, components: Int)?
    var position = 2
    var hasScan = false
    while true {
      guard let marker = Self.next(in: bytes, from: &position) else {
        throw MISTError(
          .imageTruncated, at: "byte \(bytes.count)",
          "the file ends before the image does (no end-of-image marker)")
      }
      switch marker {
      case 0xD9:
        guard let frame else { throw MISTError(.imageCorrupt, "the file has no image frame") }
        (width, height, components) = frame
        return
      case 0x01, 0xD0...0xD8:
        continue
      default:
        break
      }
      let start = position
      guard start + 2 <= bytes.count else { continue }
      let length = Int(bytes[start]) << 8 | Int(bytes[start + 1])
      guard length >= 2 else {
        throw MISTError(
          .imageCorrupt, at: "byte \(start)", "a segment's length is \(length), less than its own 2 bytes")
      }
      position = start + length
      hasScan = hasScan || marker == 0xDA
      if marker == 0xE1, !hasScan, position <= bytes.count { metadata.append(start + 2..<position) }
      if Self.isFrame(marker), frame == nil, length >= 8, position <= bytes.count {
        frame = (
          width: Int(bytes[start + 5]) << 8 | Int(bytes[start + 6]),
          height: Int(bytes[start + 3]) << 8 | Int(bytes[start + 4]), components: Int(bytes[start + 7])
        )
      }
    }
  }

  /// The orientation that the file carries. The first EXIF segment counts, and XMP only where that says none, as for Pillow.
  func orientation(in bytes: UnsafeBufferPointer<UInt8>) -> ImageOrientation {
    func content(_ mark: String) -> Slice<UnsafeBufferPointer<UInt8>>? {
      metadata.lazy.map { bytes[$0] }.first { $0.starts(with: mark.utf8) }?.dropFirst(mark.utf8.count)
    }
    return content("Exif\0\0").flatMap { ExifData($0)?.orientation }
      ?? content("http://ns.adobe.com/xap/1.0/\0").flatMap(XMPText.orientation) ?? .upright
  }

  /// SOF0…SOF15; C4 (DHT), C8 (JPG) and CC (DAC) share the range.
  private static func isFrame(_ marker: UInt8) -> Bool {
    (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
  }

  /// The next marker's code, skipping entropy-coded data with its stuffed zeros and restart markers, and whatever else
  /// lies between segments. Nil at the end of the bytes.
  private static func next(in bytes: UnsafeBufferPointer<UInt8>, from position: inout Int) -> UInt8? {
    while position < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[position...])
      guard let base = rest.baseAddress, let hit = memchr(base, 0xFF, rest.count) else { return nil }
      position += UnsafeRawPointer(hit) - base + 1
      while position < bytes.count, bytes[position] == 0xFF { position += 1 }
      guard position < bytes.count else { return nil }
      let code = bytes[position]
      position += 1
      if code != 0, !(0xD0...0xD7).contains(code) { return code }
    }
    return nil
  }
}
