import FuzzSupport
import MISTBackbone
import MISTFormats

/// A file of packed weights. Of one that opens every tensor can be read, and it says whether they are those that were written.
@_cdecl("FuzzPrepacked_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    let archive = refusing { try SafetensorsArchive(file: MappedFile(copying: bytes, as: "prepacked")) }
    guard let archive, let file = refusing({ try PrepackedFile(archive, path: "prepacked", of: nil) }) else {
      return
    }
    touch(archive)
    precondition(file.productCount > 0 && !file.layouts.isEmpty, "a file that opens has products")
    precondition(file.byteCount <= bytes.count, "tensors are longer than their file")
    _ = refusing { try file.confirm() }
  }
}
