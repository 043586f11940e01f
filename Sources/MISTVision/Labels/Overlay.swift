/// Class maps drawn over the picture they belong to.
package enum Overlay {
  /// `image` with the colour of each pixel's class mixed in: `(1 − alpha) · image + alpha · colour`, rounded. Pixels that are
  /// `LabelMap.ignored` stay as they are. Both must have the same size; `alpha` within 0…1.
  package static func blend(
    _ image: RGBImage, _ labels: LabelMap, _ palette: Palette, alpha: Double = 0.5
  ) -> RGBImage {
    precondition(image.width == labels.width && image.height == labels.height, "the sizes differ")
    precondition((0...1).contains(alpha), "alpha is a fraction")
    // Fixed point with 8 fractional bits, so that every machine rounds alike.
    let share = Int((alpha * 256).rounded())
    var pixels = image.pixels
    for (i, label) in labels.values.enumerated() where label != LabelMap.ignored {
      let color = palette[label]
      for (channel, value) in [color.red, color.green, color.blue].enumerated() {
        let mixed = Int(pixels[3 * i + channel]) * (256 - share) + Int(value) * share
        pixels[3 * i + channel] = UInt8((mixed + 128) >> 8)
      }
    }
    return RGBImage(width: image.width, height: image.height, pixels: pixels)
  }
}
