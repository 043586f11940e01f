import FuzzSupport
import MISTFormats

/// An `.npz` file: the archive's arrays and their headers, and every element in row-major order.
@_cdecl("FuzzNPZ_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard
      let archive = refusing({
        try NPZArchive(zip: ZipArchive(file: MappedFile(copying: bytes, as: "input.npz")))
      })
    else { return }
    for info in archive.tensors {
      _ = refusing {
        try archive.withBytes(of: info.name) {
          precondition($0.count == info.byteCount, "an array has other bytes than its shape says")
          touch($0)
        }
      }
    }
  }
}
