import FuzzSupport
import MISTFormats
import MISTModels

/// A foreign `config.json` and `preprocessor_config.json` beside valid weights.
@_cdecl("FuzzConfiguration_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  let models = ["valid", "valid-segformer"].map { name -> SafetensorsArchive in
    let bytes = fixture("malformed/naming-conventions/\(name)/model.safetensors")
    let archive = bytes.withUnsafeBytes { bytes in
      refusing { try SafetensorsArchive(file: MappedFile(copying: bytes, as: name)) }
    }
    guard let archive else { fatalError("\(name) must open") }
    return archive
  }
  return fuzz(count, arguments) { bytes in
    for model in models {
      _ = refusing {
        try Conversion(ModelSource(archive: model, config: Array(bytes), preprocessor: Array(bytes)))
      }
    }
  }
}
