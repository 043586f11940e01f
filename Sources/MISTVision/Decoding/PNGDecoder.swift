import CPNGShim
import MISTFormats

/// PNG by libpng: every colour type, depth and interlacing, as raw samples.
enum PNGDecoder {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Decodes a file. Samples of 1, 2 and 4 bits are scaled to 0…255. Of 16-bit samples the high byte is taken, except
  /// that 16-bit grey without alpha is clipped at 255: Pillow's conversions, odd as the last one is.
  /// Throws `image.truncated`, `image.corrupt`, `image.too-large`.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws -> RGBImage {
    let (png, info) = try open(bytes)
    defer { mist_png_close(png) }
    let (width, height) = (Int(info.width), Int(info.height))

    if info.channels == 3 {
      return try RGBImage(width: width, height: height) { try read(png, to: $0) }
    }
    let sampleBytes = Int(info.sample_bytes)
    let samples = try [UInt8](unsafeUninitializedCapacity: width * height * sampleBytes) { buffer, count in
      count = width * height * sampleBytes
      try read(png, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
    let colors = table(info)
    return RGBImage(width: width, height: height) { pixels in
      samples.withUnsafeBufferPointer { samples in
        for i in 0..<width * height {
          let sample = sampleBytes == 1 ? samples[i] : samples[2 * i] == 0 ? samples[2 * i + 1] : 255
          let color = 3 * Int(sample)
          pixels[3 * i] = colors[color]
          pixels[3 * i + 1] = colors[color + 1]
          pixels[3 * i + 2] = colors[color + 2]
        }
      }
    }
  }

  /// Decodes a mask: samples of 1, 2, 4 or 8 bits as they are stored, palette indices as indices.
  /// Throws `mask.unsupported` for other kinds, and what `decode` throws.
  static func decodeLabels(_ bytes: UnsafeBufferPointer<UInt8>) throws -> LabelMap {
    let (png, info) = try open(bytes)
    defer { mist_png_close(png) }
    guard info.channels == 1, info.alpha == 0 else {
      let channels = Int(info.channels) + (info.alpha != 0 ? 1 : 0)
      throw LabelMapDecoder.unsupported("\(channels) channels")
    }
    guard info.bit_depth <= 8 else { throw LabelMapDecoder.unsupported("\(info.bit_depth)-bit samples") }
    let (width, height) = (Int(info.width), Int(info.height))
    let values = try [UInt8](unsafeUninitializedCapacity: width * height) { buffer, count in
      count = width * height
      try read(png, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
    return LabelMap(width: width, height: height, values: values)
  }

  /// The orientation in the file's `eXIf` chunk.
  static func orientation(_ bytes: UnsafeBufferPointer<UInt8>) -> ImageOrientation {
    var position = signature.count
    // Length, type, content and checksum of a chunk; only whole ones count.
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let content = position + 8
      guard length <= bytes.count - content - 4 else { break }
      if bytes[position + 4..<content].elementsEqual("eXIf".utf8) {
        return ExifData(bytes[content..<content + length])?.orientation ?? .upright
      }
      position = content + length + 4
    }
    return .upright
  }

  /// Reads everything before the pixels and checks the size. The caller closes what this opens.
  private static func open(
    _ bytes: UnsafeBufferPointer<UInt8>
  ) throws -> (OpaquePointer, mist_png_info) {
    var info = mist_png_info()
    var message = [CChar](repeating: 0, count: 160)
    guard let png = mist_png_open(bytes.baseAddress, bytes.count, &info, &message, message.count) else {
      throw failure(message, code: bytes.count < 45 ? .imageTruncated : .imageCorrupt)
    }
    do {
      try ImageDecoder.check(width: Int(info.width), height: Int(info.height))
    } catch {
      mist_png_close(png)
      throw error
    }
    return (png, info)
  }

  private static func read(_ png: OpaquePointer, to pixels: UnsafeMutableBufferPointer<UInt8>) throws {
    var message = [CChar](repeating: 0, count: 160)
    switch mist_png_read(png, pixels.baseAddress, &message, message.count) {
    case 0: return
    case 2: throw failure(message, code: .imageTruncated)
    default: throw failure(message, code: .imageCorrupt)
    }
  }

  /// The colour of each of the 256 possible samples, `[256, 3]`.
  private static func table(_ info: mist_png_info) -> [UInt8] {
    if info.indexed != 0 {
      return withUnsafeBytes(of: info.palette) { Array($0) }
    }
    let highest = (1 << min(8, Int(info.bit_depth))) - 1
    return (0..<256).flatMap { sample in
      [UInt8](repeating: UInt8(clamping: sample * (255 / highest)), count: 3)
    }
  }

  private static func failure(_ message: [CChar], code: ErrorCode) -> MISTError {
    ImageDecoder.failure(of: "libpng", text(message), code: code)
  }

  /// The sentence in a buffer that libpng's shim filled.
  static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
