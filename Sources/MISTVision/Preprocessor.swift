import MISTEdge
import MISTFormats
import MISTModels

/// Turns decoded images into a model's input `[3, H, W]`: resize, centre crop, scale to 0…1, normalise. One object
/// serves any number of threads.
///
/// Sizes and offsets follow torchvision's transforms on PIL images, and timm, which uses them:
/// - the longer edge after a shortest-edge resize is `⌊size · long / short⌋` (Hugging Face computes the same);
/// - the crop begins at `(size − crop) / 2` rounded half to even (Hugging Face rounds down, which differs by one pixel
///   when the difference is 3 modulo 4);
/// - an image smaller than the crop is padded with black, the smaller half of the padding above and to the left.
package struct Preprocessor: Sendable {
  package let preprocessing: Preprocessing

  /// Normalised value of every 8-bit sample, `[3, 256]`.
  private let levels: [Float]
  private let tables = ResamplingTables()

  /// Throws `preprocessing.invalid` for what cannot be carried out (`Preprocessing.flaw`).
  package init(_ preprocessing: Preprocessing) throws {
    self.preprocessing = preprocessing
    if let flaw = preprocessing.flaw {
      throw MISTError(.preprocessingInvalid, at: "preprocessing", flaw, advice: "convert the model again")
    }
    levels = (0..<3).flatMap { channel in
      (0..<256).map { (Float($0) / 255 - preprocessing.mean[channel]) / preprocessing.std[channel] }
    }
  }

  /// Height and width of the model's input, or nil when they depend on the image (shortest edge without crop).
  package var outputSize: MapSize? {
    if let crop = preprocessing.crop { return MapSize(height: crop[0], width: crop[1]) }
    if case .exact(let height, let width) = preprocessing.resize {
      return MapSize(height: height, width: width)
    }
    return nil
  }

  /// Height and width that `image` has after the resize, before the crop.
  package func resizedSize(of image: RGBImage) -> MapSize {
    resizedSize(height: image.height, width: image.width)
  }

  func resizedSize(height: Int, width: Int) -> MapSize {
    switch preprocessing.resize {
    case .exact(let height, let width): return MapSize(height: height, width: width)
    case .shortestEdge(let size):
      let newLong = size * max(width, height) / min(width, height)
      return width <= height
        ? MapSize(height: newLong, width: size) : MapSize(height: size, width: newLong)
    }
  }

  /// Height and width of the input made from `image`.
  package func outputSize(of image: RGBImage) -> MapSize {
    outputSize ?? resizedSize(of: image)
  }

  /// Writes the input `[3, H, W]` made from `image`, H and W being `outputSize(of:)`.
  /// Throws `image.too-large` when a very long image would grow beyond the decoder's pixel limit.
  package func apply(_ image: RGBImage, into output: UnsafeMutableBufferPointer<Float>) throws {
    let resized = resizedSize(of: image)
    let size = outputSize(of: image)
    if preprocessing.crop == nil { try ImageDecoder.check(width: size.width, height: size.height) }
    precondition(output.count == 3 * size.height * size.width, "the buffer does not fit the model's input")
    let rows = Self.centre(of: resized.height, keeping: size.height)
    let columns = Self.centre(of: resized.width, keeping: size.width)
    let window = image.resized(
      width: resized.width, height: resized.height, columns: columns.kept, rows: rows.kept,
      interpolation: preprocessing.interpolation, tables: tables)
    if window.width != size.width || window.height != size.height { fillBlack(output) }
    let plane = size.height * size.width
    window.pixels.withUnsafeBufferPointer { pixels in
      levels.withUnsafeBufferPointer { levels in
        for y in 0..<window.height {
          let start = (y + rows.padding) * size.width + columns.padding
          for x in 0..<window.width {
            let sample = 3 * (y * window.width + x)
            output[start + x] = levels[Int(pixels[sample])]
            output[plane + start + x] = levels[256 + Int(pixels[sample + 1])]
            output[2 * plane + start + x] = levels[512 + Int(pixels[sample + 2])]
          }
        }
      }
    }
  }

  /// The input `[3, H, W]` made from `image`, with its size.
  package func apply(_ image: RGBImage) throws -> (values: [Float], height: Int, width: Int) {
    let size = outputSize(of: image)
    try ImageDecoder.check(width: size.width, height: size.height)
    let values = try [Float](unsafeUninitializedCapacity: 3 * size.height * size.width) { buffer, count in
      count = 3 * size.height * size.width
      try apply(image, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
    return (values, size.height, size.width)
  }

  private func fillBlack(_ output: UnsafeMutableBufferPointer<Float>) {
    let plane = output.count / 3
    for channel in 0..<3 {
      output[channel * plane..<(channel + 1) * plane].update(repeating: levels[channel * 256])
    }
  }

  /// Which positions a centre crop to `crop` keeps of `size`, and the padding before them.
  static func centre(of size: Int, keeping crop: Int) -> (kept: Range<Int>, padding: Int) {
    if crop >= size { return (0..<size, (crop - size) / 2) }
    let start = Int((Double(size - crop) / 2).rounded(.toNearestOrEven))
    return (start..<start + crop, 0)
  }
}
