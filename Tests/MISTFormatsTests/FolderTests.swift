import Foundation
import MISTFormats
import TestSupport
import Testing

@Suite struct FolderTests {
  @Test(arguments: [
    ("plain é.png", "plain é.png"), ("caf\\x", "caf\\x"), ("a\\xE9", "a\\x5CxE9"), ("\\\\x41", "\\\\x5Cx41"),
  ])
  func namesOfUTF8AreWrittenAsTheyAre(name: String, escaped: String) {
    #expect(FilePath.name(name.utf8) == escaped)
    #expect(FilePath.bytes(of: escaped) == Array(name.utf8))
  }

  @Test func bytesThatAreNoUTF8AreEscapedAndHadBack() {
    let name: [UInt8] = [0x63, 0xE9, 0xC3, 0xA9, 0xED, 0xA0, 0x80, 0x5C, 0x78, 0x30, 0x30, 0xF0, 0x9F]
    #expect(FilePath.name(name) == "c\\xE9é\\xED\\xA0\\x80\\x5Cx00\\xF0\\x9F")
    for seed in UInt64(0)..<200 {
      let bytes = (UInt64(0)..<12).map { i -> UInt8 in
        let noise = (seed &* 12 &+ i &+ 1) &* 0x9E37_79B9_7F4A_7C15
        return [0x5C, 0x78, 0x45, 0x39, 0xC3, 0xA9, UInt8(noise >> 40 & 255)][Int(noise >> 56) % 7]
      }
      #expect(FilePath.bytes(of: FilePath.name(bytes)) == bytes)
    }
  }

  @Test func extensionsAreWhatFollowsTheLastDot() {
    let names = ["a/b.PNG", ".png", "a.b/c", "x.", "a.tar.gz", "/"]
    #expect(names.map { FilePath.split($0).pathExtension } == ["png", "", "", "", "gz", ""])
    #expect(names.map { FilePath.split($0).stem } == ["a/b", ".png", "a.b/c", "x.", "a.tar", "/"])
  }

  @Test func listsEverythingAndSaysWhatItCannotExamine() throws {
    try Fixture.withTemporaryFolder { folder in
      try Data([1, 2]).write(to: URL(fileURLWithPath: folder + "/b"))
      mkdir(folder + "/a", 0o777)
      mkfifo(folder + "/c", 0o666)
      symlink("nowhere", folder + "/lost")
      symlink("b", folder + "/link")
      let latin = FilePath(folder).appending("\\xE9")
      mkdir((latin.bytes + [0]).map { CChar(bitPattern: $0) }, 0o777)
      let entries = try FolderEntries(folder).entries
      #expect(entries.map(\.name) == ["a", "b", "c", "link", "lost", "\\xE9"])
      #expect(entries.map(\.status?.kind) == [.folder, .file, .other, .file, nil, .folder])
      #expect(entries[1].status?.size == 2 && entries[1].status?.identity == entries[3].status?.identity)
      #expect(entries[4].problem == "No such file or directory" && entries[0].problem.isEmpty)
      #expect(try FolderEntries(latin).names.isEmpty)
      #expect(FileStatus.exists(folder + "/lost") && !FileStatus.exists(folder + "/none"))
      #expect(try FileStatus(folder + "/lost") == nil)
      let file = #expect(throws: MISTError.self) { try FolderEntries(folder + "/b") }
      #expect(file?.code == .fileUnreadable && file?.problem == "is not a folder")
    }
  }

  @Test func makesFoldersAndSaysWhyNot() throws {
    try Fixture.withTemporaryFolder { folder in
      try Folders.make(folder + "/a/b/c/")
      try Folders.make(folder + "/a/b")
      #expect(try FileStatus(folder + "/a/b/c")?.kind == .folder)
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      for path in ["/file", "/file/below"] {
        let error = #expect(throws: MISTError.self) { try Folders.make(folder + path) }
        #expect(error?.code == .fileWriteFailed && error?.file == folder + path)
      }
    }
  }
}
