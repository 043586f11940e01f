import MISTEdge
import MISTFormats
import MISTModels

/// How a photograph's pixels lie, as TIFF and EXIF number it: what its viewer does before it shows them.
package enum ImageOrientation: UInt8, CaseIterable, Sendable {
  case upright = 1
  case mirrored, halfTurn, flipped
  /// Rows and columns are exchanged by these.
  case transposed, quarterTurn, transversed, threeQuarterTurn

  /// Whether height and width are exchanged.
  package var swapsSides: Bool { rawValue >= 5 }

  /// The opposite ends of the stored rows and columns come first.
  private var reversesColumns: Bool { [2, 3, 7, 8].contains(rawValue) }
  private var reversesRows: Bool { [3, 4, 6, 7].contains(rawValue) }

  /// The turned picture of `pixels` `[height, width, channels]`, row by row, with its sides.
  fileprivate func turned(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int
  ) -> (pixels: [UInt8], width: Int, height: Int) {
    let (rows, columns) = swapsSides ? (width, height) : (height, width)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, count in
      pixels.withUnsafeBufferPointer { input in
        var place = 0
        for y in 0..<rows {
          for x in 0..<columns {
            let (column, row) = swapsSides ? (y, x) : (x, y)
            let from =
              (reversesRows ? height - 1 - row : row) * width
              + (reversesColumns ? width - 1 - column : column)
            for channel in 0..<channels { output[place + channel] = input[from * channels + channel] }
            place += channels
          }
        }
      }
      count = pixels.count
    }
    return (turned, columns, rows)
  }
}

extension RGBImage {
  /// The image as a viewer shows it whose file says `orientation`.
  package func turned(_ orientation: ImageOrientation) -> RGBImage {
    guard orientation != .upright else { return self }
    let turned = orientation.turned(pixels, width: width, height: height, channels: 3)
    return RGBImage(width: turned.width, height: turned.height, pixels: turned.pixels)
  }
}

extension LabelMap {
  /// The map turned as the image is whose file says `orientation`.
  package func turned(_ orientation: ImageOrientation) -> LabelMap {
    guard orientation != .upright else { return self }
    let turned = orientation.turned(values, width: width, height: height, channels: 1)
    return LabelMap(width: turned.width, height: turned.height, values: turned.pixels)
  }
}

/// An image, and the orientation that its file carries.
package struct OrientedImage: Sendable {
  /// Turned where the preprocessing applies orientations.
  package let image: RGBImage
  package let orientation: ImageOrientation
  /// Whether `image` is turned.
  package let isTurned: Bool

  /// Height and width of the pixels as they are stored, and as a viewer shows them.
  package var storedSize: MapSize { isTurned ? exchanged : own }
  package var shownSize: MapSize { isTurned ? own : exchanged }

  private var own: MapSize { MapSize(height: image.height, width: image.width) }
  private var exchanged: MapSize {
    orientation.swapsSides ? MapSize(height: image.width, width: image.height) : own
  }
}

extension ImageDecoder {
  /// The orientation that a JPEG or PNG file carries; `upright` where it says none, or none that there is.
  /// Throws `image.truncated` and `image.corrupt` for a JPEG file that ends too early.
  package static func orientation(of bytes: [UInt8]) throws -> ImageOrientation {
    try bytes.withUnsafeBufferPointer { bytes in
      if bytes.starts(with: JPEGDecoder.signature) { return try JPEGMarkers(bytes).orientation(in: bytes) }
      return bytes.starts(with: PNGDecoder.signature) ? PNGDecoder.orientation(bytes) : .upright
    }
  }
}

extension Preprocessor {
  /// Decodes an image as the preprocessing says: turned by the orientation that it carries, or not. Throws as `ImageDecoder.decode`
  /// does.
  package func decode(bytes: [UInt8]) throws -> OrientedImage {
    let image = try ImageDecoder.decode(bytes: bytes)
    let orientation = try ImageDecoder.orientation(of: bytes)
    guard preprocessing.orientation == .apply, orientation != .upright else {
      return OrientedImage(image: image, orientation: orientation, isTurned: false)
    }
    return OrientedImage(image: image.turned(orientation), orientation: orientation, isTurned: true)
  }
}
