import FuzzSupport
import MISTFormats

/// Tar archives: headers, records, and the bytes of every member.
@_cdecl("FuzzTar_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    let file = [UInt8](bytes)
    guard let archive = refusing({ try TarArchive(file) }) else { return }
    var names: Set<String> = []
    for member in archive.members {
      precondition(names.insert(member.name).inserted, "two members have one name")
      precondition(
        member.range.lowerBound >= 512 && member.range.upperBound <= file.count - 1024,
        "a member lies outside the archive")
      file.read(member.range).withUnsafeBytes { touch($0) }
    }
  }
}
