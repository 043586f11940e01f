import MISTFormats

/// Reads JPEG and PNG files into 8-bit RGB as Pillow's `Image.open(path).convert("RGB")` does, sample by sample: grey and
/// palette images are expanded, alpha is dropped without blending, embedded profiles and gamma are
/// not applied, nor is EXIF orientation (`Preprocessor.decode` does that where the preprocessing says so). The content decides the format, not the extension.
package enum ImageDecoder {
  /// Images with more pixels are refused before any pixel is decoded (Pillow's limit, twice 89 478 485).
  package static let maximumPixels = 178_956_970
  /// Images with a longer edge are refused too: resampling weights grow with it.
  package static let maximumEdge = 1 << 20
  /// Longer files are refused before they are read.
  package static let maximumFileBytes = 1 << 29

  /// Decodes the file at `path`.
  /// Throws `file.not-found`, `file.unreadable`, `image.unknown-format`, `image.truncated`, `image.corrupt`,
  /// `image.too-large` or `image.unsupported`.
  package static func decode(_ path: String) throws -> RGBImage {
    do {
      return try decode(bytes: try contents(of: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// Decodes a file that is already in memory.
  package static func decode(bytes: [UInt8]) throws -> RGBImage {
    try bytes.withUnsafeBufferPointer { bytes in
      if bytes.starts(with: JPEGDecoder.signature) { return try JPEGDecoder.decode(bytes) }
      if bytes.starts(with: PNGDecoder.signature) { return try PNGDecoder.decode(bytes) }
      throw unknownFormat(bytes)
    }
  }

  /// What a library's `message` stands for: `memory.insufficient` where it got no memory, which is no flaw of the image, else `code`.
  package static func failure(of library: String, _ message: String, code: ErrorCode = .imageCorrupt)
    -> MISTError
  {
    MISTError(
      message.lowercased().contains("memory") ? .memoryInsufficient : code,
      "\(library) cannot decode it (\(message))")
  }

  static func unknownFormat(_ bytes: UnsafeBufferPointer<UInt8>) -> MISTError {
    MISTError(
      .imageUnknownFormat,
      bytes.isEmpty
        ? "the file is empty" : "neither a JPEG nor a PNG file: it begins with \(hex(bytes.prefix(4)))",
      advice: "convert it to one of them")
  }

  /// The bytes of a regular file, of at most `maximumFileBytes`.
  package static func contents(of path: FilePath) throws -> [UInt8] {
    let file = try FileBytes(path)
    try check(fileBytes: file.count)
    return try file.read(0..<file.count)
  }

  /// The same of a path as a user gives it.
  package static func contents(of path: String) throws -> [UInt8] { try contents(of: FilePath(path)) }

  /// Throws `image.too-large` for files that are not worth reading.
  package static func check(fileBytes size: Int) throws {
    guard size <= maximumFileBytes else {
      throw MISTError(.imageTooLarge, "\(size) bytes are more than the \(maximumFileBytes) read as one image")
    }
  }

  /// Refuses sizes that no decoder here should allocate for.
  static func check(width: Int, height: Int) throws {
    guard width > 0, height > 0 else {
      throw MISTError(.imageCorrupt, "the image is \(width) × \(height) pixels")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, pixels <= maximumPixels, max(width, height) <= maximumEdge else {
      throw MISTError(
        .imageTooLarge,
        "\(width) × \(height) pixels are more than the \(maximumPixels) accepted (edges: \(maximumEdge))",
        advice: "scale it down first")
    }
  }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
