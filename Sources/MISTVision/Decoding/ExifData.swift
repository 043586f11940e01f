/// The one thing that is read of EXIF data: the orientation in the first directory of its TIFF structure. Whatever the bytes are, what
/// does not lie within them is not there.
struct ExifData {
  private let bytes: Slice<UnsafeBufferPointer<UInt8>>
  private let isBigEndian: Bool

  private static let orientationTag = 0x0112
  /// Bytes of a directory's entry: tag, type, count, value.
  private static let entrySize = 12

  /// Nil for bytes that do not begin as TIFF does.
  init?(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    if bytes.starts(with: [0x49, 0x49, 0x2A, 0x00]) {
      isBigEndian = false
    } else if bytes.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
      isBigEndian = true
    } else {
      return nil
    }
    self.bytes = bytes
  }

  /// The value of the tag: `upright` for one that is no orientation; nil where there is no such tag. Of several tags the first counts,
  /// and of several values the first, as for Pillow.
  var orientation: ImageOrientation? {
    guard let directory = integer(at: 4, size: 4), let count = integer(at: directory, size: 2) else {
      return nil
    }
    for entry in 0..<count {
      let place = directory + 2 + entry * Self.entrySize
      guard let tag = integer(at: place, size: 2), let type = integer(at: place + 2, size: 2),
        let values = integer(at: place + 4, size: 4), integer(at: place + 8, size: 4) != nil
      else { break }
      guard tag == Self.orientationTag, values > 0 else { continue }
      // SHORT or LONG; more than four bytes lie elsewhere.
      guard let size = [3: 2, 4: 4][type] else { return .upright }
      let start = values * size > 4 ? integer(at: place + 8, size: 4) : place + 8
      let value = start.flatMap { integer(at: $0, size: size) }
      return value.flatMap { UInt8(exactly: $0) }.flatMap(ImageOrientation.init) ?? .upright
    }
    return nil
  }

  /// An unsigned number of `size` bytes; nil where they are not all there.
  private func integer(at offset: Int, size: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    let start = bytes.startIndex + offset
    let digits = bytes[start..<start + size]
    return (isBigEndian ? Array(digits) : digits.reversed()).reduce(0) { $0 << 8 | Int($1) }
  }
}

/// The orientation in XMP text, which counts where EXIF data says none: the first of `tiff:Orientation="6"` and
/// `<tiff:Orientation>6`.
enum XMPText {
  static func orientation(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> ImageOrientation? {
    let name = Array("tiff:Orientation".utf8)
    var rest = bytes
    while let start = rest.firstIndex(of: name[0]) {
      rest = rest[start...]
      if rest.starts(with: name) {
        var value = rest.dropFirst(name.count)
        for mark in ["=\"", ">"] where value.starts(with: mark.utf8) {
          value = value.dropFirst(mark.utf8.count)
          if let digit = value.first, 0x30...0x39 ~= digit {
            return ImageOrientation(rawValue: digit - 0x30) ?? .upright
          }
        }
      }
      rest = rest.dropFirst()
    }
    return nil
  }
}
