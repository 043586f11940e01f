import Foundation
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

@Suite struct ImageFolderTests {
  /// Makes empty files; names ending in `/` are folders.
  static func make(_ names: [String], in folder: String) throws {
    for name in names {
      let path = folder + "/" + name
      let parent = name.hasSuffix("/") ? path : (path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      if !name.hasSuffix("/") { try Data([0]).write(to: URL(fileURLWithPath: path)) }
    }
  }

  @Test func listsClassesWithoutSplits() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.make(
        [
          "b/2.PNG", "b/10.jpg", "b/notes.txt", "b/.hidden.jpg", "a/é.jpeg", "a/z.Jpg", "B/x.png",
          "readme.md",
        ], in: folder)
      let images = try ImageFolder(path: folder)
      #expect(images.classes == ["B", "a", "b"])
      #expect(images.splits.map(\.name) == ["train"] && !images.hasSplitFolders)
      #expect(images.splits[0].files == ["B/x.png", "a/z.Jpg", "a/é.jpeg", "b/10.jpg", "b/2.PNG"])
      #expect(images.splits[0].labels == [0, 1, 1, 2, 2])
      #expect(images.splits[0].sizes == [1, 1, 1, 1, 1])
      #expect(images.ignored == 1 && images.count == 5)
    }
  }

  @Test func listsSplitsUnderTheirUsualNames() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.make(
        ["Test/a/1.jpg", "validation/a/", "train/a/2.jpg", "train/a/1.jpg", "manifest.json"], in: folder)
      let images = try ImageFolder(path: folder)
      #expect(images.splits.map(\.name) == ["train", "val", "test"] && images.hasSplitFolders)
      #expect(images.splits.map(\.files) == [["train/a/1.jpg", "train/a/2.jpg"], [], ["Test/a/1.jpg"]])
    }
  }

  @Test func aClassMayBeCalledTrain() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.make(["train/1.jpg", "car/1.jpg"], in: folder)
      #expect(try ImageFolder(path: folder).classes == ["car", "train"])
    }
  }

  @Test(arguments: [
    (["x.jpg"], ErrorCode.imagesNoClasses), (["train/", "test/a/1.jpg"], .imagesNoClasses),
    (["a/1.jpg", "b/notes.txt"], .imagesEmptyClass), (["val/a/1.jpg", "valid/a/1.jpg"], .imagesSplitTwice),
    (["train/a/1.jpg", "test/b/1.jpg"], .imagesClassesDiffer),
  ])
  func refusesTreesThatCannotBeMeant(names: [String], code: ErrorCode) throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.make(names, in: folder)
      let error = #expect(throws: MISTError.self) { try ImageFolder(path: folder) }
      #expect(error?.code == code)
    }
  }

  @Test func missingFolder() {
    let error = #expect(throws: MISTError.self) { try ImageFolder(path: Fixture.path("none")) }
    #expect(error?.code == .fileNotFound)
  }
}
