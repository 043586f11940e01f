import CPNGShim
import MISTFormats

/// Writes PNG files, whole or not at all. The same pixels give the same bytes with the same libpng and zlib.
package enum PNGFile {
  /// Writes class numbers with a palette: viewers show its colours, and the samples are the class numbers.
  /// Throws `file.write-failed`.
  package static func writeIndexed(_ labels: LabelMap, palette: Palette, to path: String) throws {
    try write(encodeIndexed(labels, palette: palette), to: path)
  }

  /// Writes an 8-bit RGB file. Throws `file.write-failed`.
  package static func writeRGB(_ image: RGBImage, to path: String) throws {
    try write(encodeRGB(image), to: path)
  }

  /// The bytes of the file that `writeIndexed` writes. Throws `file.write-failed` when libpng cannot encode it.
  package static func encodeIndexed(_ labels: LabelMap, palette: Palette) throws -> [UInt8] {
    try encode(labels.values, width: labels.width, height: labels.height, palette: palette.colors)
  }

  /// The bytes of the file that `writeRGB` writes. Throws `file.write-failed` when libpng cannot encode it.
  package static func encodeRGB(_ image: RGBImage) throws -> [UInt8] {
    try encode(image.pixels, width: image.width, height: image.height, palette: nil)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try AtomicFile.write($0, to: path) }
  }

  private static func encode(
    _ samples: [UInt8], width: Int, height: Int, palette: [UInt8]?
  ) throws -> [UInt8] {
    var message = [CChar](repeating: 0, count: 160)
    guard let columns = UInt32(exactly: width), let rows = UInt32(exactly: height) else {
      throw MISTError(.fileWriteFailed, "\(width) × \(height) pixels do not fit a PNG file")
    }
    var count = 0
    let encoded =
      palette.map { colors in
        mist_png_encode(
          samples, columns, rows, colors, Int32(colors.count / 3), &count, &message, message.count)
      } ?? mist_png_encode(samples, columns, rows, nil, 0, &count, &message, message.count)
    guard let encoded else {
      throw MISTError(.fileWriteFailed, "libpng cannot encode it (\(PNGDecoder.text(message)))")
    }
    defer { mist_png_free(encoded) }
    return Array(UnsafeBufferPointer(start: encoded, count: count))
  }
}
