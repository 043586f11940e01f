import MISTModels

extension Preprocessor {
  /// The mask of the model's input made from an image of the mask's size: resized by nearest neighbour and cropped as
  /// `apply` resizes and crops the image; `LabelMap.ignored` where that pads with black.
  /// Throws `image.too-large` when a very long mask would grow beyond the decoder's pixel limit.
  package func apply(_ labels: LabelMap) throws -> LabelMap {
    let resized = resizedSize(height: labels.height, width: labels.width)
    let size = outputSize ?? resized
    // Only the crop's pixels are formed, so that a long mask costs no more than its window.
    try ImageDecoder.check(width: size.width, height: size.height)
    let rows = Self.centre(of: resized.height, keeping: size.height)
    let columns = Self.centre(of: resized.width, keeping: size.width)
    let window = labels.resized(
      width: resized.width, height: resized.height, columns: columns.kept, rows: rows.kept)
    if window.width == size.width && window.height == size.height { return window }
    var values = [UInt8](repeating: LabelMap.ignored, count: size.width * size.height)
    for y in 0..<window.height {
      let start = (y + rows.padding) * size.width + columns.padding
      values.replaceSubrange(
        start..<start + window.width, with: window.values[y * window.width..<(y + 1) * window.width])
    }
    return LabelMap(width: size.width, height: size.height, values: values)
  }

  /// Where the pixels of an image of `height` × `width` lie in the model's input: input row = image row · `scale` +
  /// `offset`, both counted at pixel centres from the edge, and likewise for columns. Rows and columns that a crop cuts off
  /// fall outside 0…H and 0…W.
  package func placement(height: Int, width: Int) -> (rows: AxisPlacement, columns: AxisPlacement) {
    let resized = resizedSize(height: height, width: width)
    let size = outputSize ?? resized
    return (
      AxisPlacement(image: height, resized: resized.height, input: size.height),
      AxisPlacement(image: width, resized: resized.width, input: size.width)
    )
  }

  /// One axis of `placement`.
  package struct AxisPlacement: Hashable, Sendable {
    package let scale: Double
    package let offset: Double
    /// Length of the input's axis, in pixels.
    package let input: Int
    /// Length of the image's axis, in pixels.
    package let image: Int

    init(image: Int, resized: Int, input: Int) {
      let (kept, padding) = Preprocessor.centre(of: resized, keeping: input)
      scale = Double(resized) / Double(image)
      offset = Double(padding - kept.lowerBound)
      self.input = input
      self.image = image
    }

    /// The input's coordinate of the centre of the image's pixel `i`; pixel j of the input spans j…j + 1.
    package func position(of i: Int) -> Double { (Double(i) + 0.5) * scale + offset }
  }
}
