import FuzzSupport
import MISTFormats
import MISTModels

/// A checkpoint's names, shapes and metadata: recognition, planning, and every tensor as it would be written.
@_cdecl("FuzzModel_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard let archive = refusing({ try SafetensorsArchive(file: MappedFile(copying: bytes, as: "input")) })
    else {
      return
    }
    var options = ConversionOptions()
    // Bare files do not say how many heads there are.
    if archive.metadata.isEmpty { options.heads = [1] }
    guard let conversion = refusing({ try Conversion(ModelSource(archive: archive), options: options) })
    else {
      return
    }
    touch(PlannedArchive(conversion))
  }
}
