import MISTFormats

/// Reads masks: PNG files whose samples are class numbers. Grey samples of 1, 2, 4 or 8 bits are taken as they are stored
/// (not scaled to 0…255) and palette images as their indices (not as colours), as Pillow gives modes `L` and `P`.
package enum LabelMapDecoder {
  /// Decodes the file at `path`.
  /// Throws `mask.unsupported` for pictures (RGB, alpha, 16 bits, JPEG), `file.not-found`, `file.unreadable`,
  /// `image.unknown-format`, `image.truncated`, `image.corrupt` and `image.too-large`.
  package static func decode(_ path: String) throws -> LabelMap {
    do {
      return try decode(bytes: try ImageDecoder.contents(of: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// Decodes a file that is already in memory.
  package static func decode(bytes: [UInt8]) throws -> LabelMap {
    try bytes.withUnsafeBufferPointer { bytes in
      if bytes.starts(with: PNGDecoder.signature) { return try PNGDecoder.decodeLabels(bytes) }
      if bytes.starts(with: JPEGDecoder.signature) {
        throw unsupported("a JPEG file: its compression changes class numbers")
      }
      throw ImageDecoder.unknownFormat(bytes)
    }
  }

  static func unsupported(_ what: String) -> MISTError {
    MISTError(
      .maskUnsupported, "a PNG mask of grey or palette class numbers is expected, found \(what)",
      advice: "write the class numbers as 8-bit grey PNG")
  }
}
