import Foundation
import MISTFormats
import TestSupport
import Testing

@Suite struct AtomicFolderTests {
  private static func names(_ folder: String) throws -> [String] { try FolderEntries(folder).names }

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// An older folder with `a` and `b`.
  private static func older(_ folder: String) throws -> String {
    let path = folder + "/out"
    try Folders.make(path)
    for name in ["a", "b"] { try AtomicFile.write("old", to: path + "/" + name) }
    return path
  }

  @Test func appearsWholeOnCommit() throws {
    try Fixture.withTemporaryFolder { folder in
      let made = try AtomicFolder(path: folder + "/deep/out/", names: ["a"])
      try AtomicFile.write("new", to: made.temporaryPath + "/a")
      #expect(FileStatus.exists(folder + "/deep") && !FileStatus.exists(folder + "/deep/out"))
      try made.commit()
      #expect(try Self.names(folder + "/deep") == ["out"] && Self.text(folder + "/deep/out/a") == "new")
      #expect(throws: MISTError.self) { try made.commit() }
    }
  }

  @Test func takesTheWholePlaceOfAnOlderOne() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = try Self.older(folder)
      symlink("out", folder + "/link")
      let made = try AtomicFolder(path: folder + "/link", names: ["a", "b"])
      try AtomicFile.write("new", to: made.temporaryPath + "/a")
      #expect(try Self.text(path + "/a") == "old")
      try made.commit()
      #expect(try Self.names(path) == ["a"] && Self.text(path + "/a") == "new")
      #expect(try Self.names(folder) == ["link", "out"])
    }
  }

  @Test func leavesTheOlderOneWhenItEndsBefore() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = try Self.older(folder)
      do {
        let made = try AtomicFolder(path: path, names: ["a", "b"])
        try AtomicFile.write("new", to: made.temporaryPath + "/a")
        let inside = MISTError(.fileWriteFailed, file: made.temporaryPath + "/a", "x")
        #expect(made.named(inside).file == path + "/a")
      }
      #expect(try Self.names(folder) == ["out"] && Self.names(path) == ["a", "b"])
      #expect(try Self.text(path + "/a") == "old")
    }
  }

  @Test func whatItDoesNotWriteIsNotLost() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = try Self.older(folder)
      let other = #expect(throws: MISTError.self) { try AtomicFolder(path: path, names: ["a"]) }
      #expect(other?.code == .fileFolderNotEmpty && other?.problem.contains("'b'") == true)
      let made = try AtomicFolder(path: path, names: ["a", "b"])
      // Put there meanwhile.
      try AtomicFile.write("mine", to: path + "/c")
      let late = #expect(throws: MISTError.self) { try made.commit() }
      #expect(late?.code == .fileFolderNotEmpty)
      #expect(try Self.names(folder) == ["out"] && Self.names(path) == ["a", "b", "c"])
      let file = #expect(throws: MISTError.self) { try AtomicFolder(path: path + "/c", names: []) }
      #expect(file?.code == .fileWriteFailed)
      let own = #expect(throws: MISTError.self) { try AtomicFolder(path: ".", names: []) }
      #expect(own?.code == .fileWriteFailed)
    }
  }

  /// What dead processes left goes; what is locked, of another output or of another kind of name stays.
  @Test(arguments: ["out", "\u{E9}.b"])
  func leftoversOfTheDeadGo(name: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let kept = [".\(name).1-x.tmp", ".\(name).tmp", ".other.1-0.tmp", ".\(name).5-0.tmp"]
      for file in kept + [".\(name).1-0.tmp"] {
        try Data().write(to: URL(fileURLWithPath: folder + "/" + file))
      }
      try Folders.make(folder + "/.\(name).2-0.tmp")
      try Data().write(to: URL(fileURLWithPath: folder + "/.\(name).2-0.tmp/a"))
      let descriptor = open(folder + "/.\(name).5-0.tmp", O_RDONLY)
      defer { close(descriptor) }
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      // One of this process that is being written stays, too.
      let first = try AtomicFile(path: folder + "/" + name)
      try AtomicFile.write("second", to: folder + "/" + name)
      try first.commit()
      #expect(try Set(Self.names(folder)) == Set(kept + [name]))
    }
  }
}
