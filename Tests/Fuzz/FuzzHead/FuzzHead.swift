import FuzzSupport
import MISTFormats
import MISTTuning

/// A head file. One that opens has the numbers that its description says, and is a head when it is put together again.
@_cdecl("FuzzHead_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    let head = refusing { try Head(SafetensorsArchive(file: MappedFile(copying: bytes, as: "head"))) }
    guard let head else { return }
    precondition(head.parameters.allSatisfy(\.isFinite), "a head that opens has finite numbers")
    let again = refusing { try Head(description: head.description, parameters: head.parameters) }
    precondition(again != nil, "what was read is refused when it is made")
  }
}
