import FuzzSupport
import MISTVision

/// A segmentation mask: PNG with class numbers.
@_cdecl("FuzzMask_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard claimedPixels(bytes) <= 1 << 16 else { return }
    guard let mask = refusing({ try LabelMapDecoder.decode(bytes: Array(bytes)) }) else { return }
    precondition(mask.values.count == mask.width * mask.height)
    mask.values.withUnsafeBytes { touch($0) }
  }
}
