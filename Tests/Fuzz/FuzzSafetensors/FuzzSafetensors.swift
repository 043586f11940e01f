import FuzzSupport
import MISTFormats

/// A safetensors file: header, layout, every tensor.
@_cdecl("FuzzSafetensors_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard let archive = refusing({ try SafetensorsArchive(file: MappedFile(copying: bytes, as: "input")) })
    else {
      return
    }
    touch(archive)
  }
}
