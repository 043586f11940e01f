import CTurboJPEG
import MISTFormats

/// JPEG by libjpeg-turbo with its accurate DCT and smooth chroma upsampling: the settings Pillow decodes with.
enum JPEGDecoder {
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// Decodes a file. Warnings of the decoder (corrupt entropy data, extraneous bytes) are ignored as Pillow ignores them.
  /// Throws `image.truncated`, `image.corrupt`, `image.too-large`, `image.unsupported`.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws -> RGBImage {
    let header = try JPEGMarkers(bytes)
    try ImageDecoder.check(width: header.width, height: header.height)
    switch header.components {
    case 1, 3:
      return try RGBImage(width: header.width, height: header.height) { pixels in
        try decompress(bytes, header, to: pixels, bytesPerPixel: 3, format: TJPF_RGB)
      }
    case 4:
      let inks = try [UInt8](unsafeUninitializedCapacity: header.width * header.height * 4) { inks, count in
        try decompress(bytes, header, to: inks, bytesPerPixel: 4, format: TJPF_CMYK)
        count = header.width * header.height * 4
      }
      return RGBImage(width: header.width, height: header.height) { pixels in
        inks.withUnsafeBufferPointer { convert(inks: $0, to: pixels) }
      }
    default:
      throw MISTError(
        .imageUnsupported, "JPEG with \(header.components) components, where 1, 3 or 4 are read",
        advice: "convert it to RGB")
    }
  }

  private static func decompress(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: JPEGMarkers, to pixels: UnsafeMutableBufferPointer<UInt8>,
    bytesPerPixel: Int, format: TJPF
  ) throws {
    guard let handle = tjInitDecompress() else {
      throw ImageDecoder.failure(of: "libjpeg-turbo", "out of memory")
    }
    defer { tjDestroy(handle) }
    // A progressive file may pack thousands of scans into a few bytes; the limit of 500 ends that.
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
    let status = tjDecompress2(
      handle, bytes.baseAddress, UInt(bytes.count), pixels.baseAddress, Int32(header.width),
      Int32(header.width * bytesPerPixel), Int32(header.height), Int32(format.rawValue), flags)
    if status != 0, tjGetErrorCode(handle) != Int32(TJERR_WARNING.rawValue) {
      throw ImageDecoder.failure(of: "libjpeg-turbo", String(cString: tjGetErrorStr2(handle)))
    }
  }

  /// Four-component files hold inverted inks, by Adobe's convention, which Pillow assumes of all of them.
  /// `R = K̄ − C·K̄/255` with rounded products, in 8-bit arithmetic.
  private static func convert(
    inks: UnsafeBufferPointer<UInt8>, to pixels: UnsafeMutableBufferPointer<UInt8>
  ) {
    for i in 0..<pixels.count / 3 {
      let light = Int32(inks[4 * i + 3])
      for channel in 0..<3 {
        let product = (255 - Int32(inks[4 * i + channel])) * light + 128
        pixels[3 * i + channel] = UInt8(clamping: light - (product + product >> 8) >> 8)
      }
    }
  }
}
