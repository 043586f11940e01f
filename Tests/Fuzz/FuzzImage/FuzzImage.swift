import FuzzSupport
import MISTVision

/// A picture: JPEG or PNG.
@_cdecl("FuzzImage_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard claimedPixels(bytes) <= 1 << 16 else { return }
    guard let image = refusing({ try ImageDecoder.decode(bytes: Array(bytes)) }) else { return }
    precondition(image.pixels.count == 3 * image.width * image.height)
    image.pixels.withUnsafeBytes { touch($0) }
    if let orientation = refusing({ try ImageDecoder.orientation(of: Array(bytes)) }) {
      image.turned(orientation).pixels.withUnsafeBytes { touch($0) }
    }
  }
}
