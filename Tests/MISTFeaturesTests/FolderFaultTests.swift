import Foundation
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

/// Folders with what cannot be read, with names that are no text, and with links that lead round.
@Suite struct FolderFaultTests {
  private static func error(_ path: String) -> MISTError? {
    #expect(throws: MISTError.self) {
      if SegmentationFolder.isOne(path) {
        _ = try SegmentationFolder(path: path)
      } else {
        _ = try ImageFolder(path: path)
      }
    }
  }

  @Test(arguments: ["val", "train/c", "train/a/more"])
  func whatMayHoldImagesIsNotPassedOver(name: String) throws {
    try Fixture.withTemporaryFolder { folder in
      try ImageFolderTests.make(["train/a/1.jpg", "train/b/1.jpg"], in: folder)
      symlink("/none/such", folder + "/" + name)
      let error = Self.error(folder)
      #expect(error?.code == .fileUnreadable && error?.file == folder + "/" + name)
      #expect(error?.problem == "cannot be examined: No such file or directory")
    }
  }

  @Test func anImageThatCannotBeExaminedIsListed() throws {
    try Fixture.withTemporaryFolder { folder in
      try ImageFolderTests.make(["a/1.jpg"], in: folder)
      symlink("/none/such", folder + "/a/lost.jpg")
      mkfifo(folder + "/a/pipe.png", 0o666)
      let images = try ImageFolder(path: folder)
      #expect(images.splits[0].files == ["a/1.jpg", "a/lost.jpg", "a/pipe.png"])
      #expect(images.splits[0].sizes == [1, 0, 0])
      for sample in 1...2 {
        let error = #expect(throws: MISTError.self) { try images.image(sample, of: 0) }
        #expect(error?.code == [.fileNotFound, .fileUnreadable][sample - 1])
      }
    }
  }

  @Test func whatIsLeftOutIsNamed() throws {
    try Fixture.withTemporaryFolder { folder in
      try ImageFolderTests.make(
        [
          "train/a/1.jpg", "train/a/b/2.jpg", "train/a/b/c/3.png", "train/x.png", "train/a/notes.txt",
          "readme",
        ],
        in: folder)
      #expect(
        try ImageFolder(path: folder).notes == [
          "left out 1 files that are neither .jpg, .jpeg nor .png, such as 'train/a/notes.txt'",
          "left out 1 images beside the folders of classes, such as 'train/x.png'",
          "left out 2 images in folders below those of classes, such as 'train/a/b/2.jpg'",
        ])
    }
  }

  @Test func aClassThatIsNoTextIsEscapedAndRead() throws {
    try Fixture.withTemporaryFolder { folder in
      try ImageFolderTests.make(["b/1.jpg"], in: folder)
      for name in ["caf\\xE9", "caf\\x5CxE9"] {
        let path = FilePath(folder).appending(name)
        mkdir((path.bytes + [0]).map { CChar(bitPattern: $0) }, 0o777)
        let file = open(
          (path.appending("\\xFF.jpg").bytes + [0]).map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o666)
        write(file, [7], 1)
        close(file)
      }
      let images = try ImageFolder(path: folder)
      #expect(images.classes == ["b", "caf\\x5CxE9", "caf\\xE9"])
      #expect(images.splits[0].files[1...] == ["caf\\x5CxE9/\\xFF.jpg", "caf\\xE9/\\xFF.jpg"])
      #expect(try images.image(2, of: 0) == [7] && images.image(1, of: 0) == [7])
    }
  }

  @Test(arguments: [["", ""], ["train/", "val/"]])
  func oneNameInTwoSpellingsIsNotTwoClasses(splits: [String]) throws {
    try Fixture.withTemporaryFolder { folder in
      let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
      try ImageFolderTests.make(
        ["\(splits[0])\(composed)/1.jpg", "\(splits[1])\(decomposed)/1.jpg"], in: folder)
      let error = Self.error(folder)
      #expect(error?.code == .imagesSameClass)
      #expect(error?.problem.contains("'caf\\u{00E9}'") == true)
      #expect(error?.problem.contains("'cafe\\u{0301}'") == true)
    }
  }

  @Test(arguments: [("a/loop", ".."), ("c", "a"), ("a/deep/back", "../../b")])
  func noFolderIsListedTwice(link: String, target: String) throws {
    try Fixture.withTemporaryFolder { folder in
      try ImageFolderTests.make(["a/1.jpg", "a/deep/", "b/1.jpg"], in: folder)
      symlink(target, folder + "/" + link)
      let error = Self.error(folder)
      #expect(error?.code == .imagesFolderTwice && error?.file?.hasPrefix(folder) == true)
    }
  }

  @Test func annotatedScenesAreWalkedOnce() throws {
    try Fixture.withTemporaryFolder { folder in
      try ImageFolderTests.make(["images/train/1.jpg", "annotations/train/1.png"], in: folder)
      symlink("../train", folder + "/images/train/back")
      let error = Self.error(folder)
      #expect(error?.code == .imagesFolderTwice && error?.file == folder + "/images/train/back")
      unlink(folder + "/images/train/back")
      symlink("/none/such", folder + "/annotations/val")
      #expect(Self.error(folder)?.code == .fileUnreadable)
    }
  }
}
