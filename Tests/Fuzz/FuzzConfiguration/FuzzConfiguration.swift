import FuzzSupport
import MISTFormats
import MISTModels

/// A foreign `config.json` and `preprocessor_config.json` beside valid weights. The input's length decides whose, so that planning,
/// which costs more than reading JSON, happens once per input.
@_cdecl("FuzzConfiguration_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  let models = [
    ("vit/hf-vit", "huggingface-vit"), ("malformed/naming-conventions/valid", "timm"),
    ("malformed/naming-conventions/valid-segformer", "huggingface-segformer"),
    ("malformed/naming-conventions/valid-dinov3", "dinov3"),
  ].map { folder, name -> (archive: SafetensorsArchive, options: ConversionOptions) in
    let archive = fixture(folder + "/model.safetensors").withUnsafeBytes { bytes in
      refusing { try SafetensorsArchive(file: MappedFile(copying: bytes, as: folder)) }
    }
    var options = ConversionOptions()
    options.convention = Convention.named(name)
    guard let archive, options.convention != nil else { fatalError("\(folder) must open as \(name)") }
    return (archive, options)
  }
  return fuzz(count, arguments) { bytes in
    let (archive, options) = models[bytes.count % models.count]
    _ = refusing {
      try Conversion(
        ModelSource(archive: archive, config: Array(bytes), preprocessor: Array(bytes)), options: options)
    }
  }
}
