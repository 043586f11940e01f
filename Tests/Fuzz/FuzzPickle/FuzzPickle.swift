import FuzzSupport
import MISTFormats

/// A PyTorch checkpoint: a file of either layout as it is, and a pickle put into an archive with a few storages.
@_cdecl("FuzzPickle_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  let storage = [UInt8](repeating: 1, count: 16)
  return fuzz(count, arguments) { bytes in
    open(bytes)
    guard !bytes.starts(with: "PK".utf8) else { return }
    storage.withUnsafeBytes { storage in
      let members = [("a/data.pkl", bytes)] + (0..<4).map { ("a/data/\($0)", storage) }
      storedZip(members).withUnsafeBytes { open($0) }
    }
  }
}

private func open(_ bytes: UnsafeRawBufferPointer) {
  guard let archive = refusing({ try PyTorchArchive(file: MappedFile(copying: bytes, as: "input")) }) else {
    return
  }
  touch(archive)
}
