import FuzzSupport
import MISTFormats

/// An `.npz` file, or one array, which is put into an archive: headers, and every element in row-major order.
@_cdecl("FuzzNPZ_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    if bytes.starts(with: "PK".utf8) { return open(bytes) }
    storedZip([("a.npy", bytes), ("folder/b.npy", bytes)]).withUnsafeBytes { open($0) }
  }
}

private func open(_ bytes: UnsafeRawBufferPointer) {
  let file = MappedFile(copying: bytes, as: "input.npz")
  guard let archive = refusing({ try NPZArchive(zip: ZipArchive(file: file)) }) else { return }
  touch(archive)
}
