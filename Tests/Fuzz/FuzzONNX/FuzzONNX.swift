import FuzzSupport
import MISTFormats
import MISTModels

/// An ONNX model: wire format, graph, tensors, recovery of names, and what the recovered model would be converted to.
@_cdecl("FuzzONNX_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard let model = refusing({ try ONNXArchive(file: MappedFile(copying: bytes, as: "nowhere/input")) })
    else {
      return
    }
    touch(model)
    guard let recovered = refusing({ try RecoveredArchive(model) }) else { return }
    touch(recovered)
    guard let conversion = refusing({ try Conversion(ModelSource(archive: recovered)) }) else { return }
    touch(PlannedArchive(conversion))
  }
}
