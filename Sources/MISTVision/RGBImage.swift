/// An image of 8-bit RGB pixels, interleaved, rows from top to bottom without padding: `[height, width, 3]`.
package struct RGBImage: Hashable, Sendable {
  package let width: Int
  package let height: Int
  /// `height · width · 3` samples.
  package private(set) var pixels: [UInt8]

  /// Takes `pixels`, which must be `height · width · 3` samples.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "pixels do not fit the size")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Makes an image whose pixels `fill` writes, every one of them.
  init(width: Int, height: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws -> Void) rethrows {
    self.width = width
    self.height = height
    let count = width * height * 3
    pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }
}
