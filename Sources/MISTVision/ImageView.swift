import MISTEdge

/// A part of an image, and whether it is mirrored: how one image gives several training samples.
package struct ImageView: Hashable, Sendable {
  /// The window in pixels of the image.
  package let top: Int
  package let left: Int
  package let height: Int
  package let width: Int
  /// Whether left and right are exchanged, after the crop.
  package let flip: Bool

  package init(top: Int, left: Int, height: Int, width: Int, flip: Bool) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
    self.flip = flip
  }

  /// All of an image of this size.
  package static func whole(imageHeight: Int, imageWidth: Int) -> ImageView {
    ImageView(top: 0, left: 0, height: imageHeight, width: imageWidth, flip: false)
  }

  /// All of `image`.
  package static func whole(of image: RGBImage) -> ImageView {
    whole(imageHeight: image.height, imageWidth: image.width)
  }

  /// A window of the image's own proportions whose edges are a fraction of the image's, uniform in `minimumScale`…1, at a
  /// uniform place, mirrored or not with equal chance. The same arguments give the same view on every machine.
  ///
  /// - minimumScale: in 0…1; the window has at least one pixel.
  /// - fileIndex, view: the place of the file in its split and the number of the view, so that no two samples share a
  ///   sequence of random numbers.
  package static func random(
    imageHeight: Int, imageWidth: Int, minimumScale: Double, seed: UInt64, fileIndex: Int, view: Int
  ) -> ImageView {
    var random = SplitMix64(seed)
    random = SplitMix64(random.next() ^ UInt64(truncatingIfNeeded: fileIndex))
    random = SplitMix64(random.next() ^ UInt64(truncatingIfNeeded: view))
    let lowest = min(max(minimumScale, 0), 1)
    let scale = lowest + (1 - lowest) * random.fraction()
    let height = min(max(1, Int((Double(imageHeight) * scale).rounded())), imageHeight)
    let width = min(max(1, Int((Double(imageWidth) * scale).rounded())), imageWidth)
    let top = Int(random.fraction() * Double(imageHeight - height + 1))
    let left = Int(random.fraction() * Double(imageWidth - width + 1))
    return ImageView(
      top: top, left: left, height: height, width: width, flip: random.next() >> 63 == 1)
  }

  var columns: Range<Int> { left..<left + width }
  var rows: Range<Int> { top..<top + height }
}

extension RGBImage {
  /// The part of the image that `view` shows. The view must lie inside.
  package func viewed(_ view: ImageView) -> RGBImage {
    let part = cropped(columns: view.columns, rows: view.rows)
    return view.flip ? part.flipped() : part
  }
}

extension LabelMap {
  /// The part of the map that `view` shows. The view must lie inside.
  package func viewed(_ view: ImageView) -> LabelMap {
    let part = cropped(columns: view.columns, rows: view.rows)
    return view.flip ? part.flipped() : part
  }
}
