import FuzzSupport
import MISTFormats

/// A zip archive: directory, members, inflating.
@_cdecl("FuzzZip_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard let archive = refusing({ try ZipArchive(file: MappedFile(copying: bytes, as: "input")) }) else {
      return
    }
    for member in archive.members {
      _ = refusing {
        try archive.withBytes(of: member) {
          precondition($0.count == member.size, "a member has other bytes than it says")
          touch($0)
        }
      }
    }
  }
}
