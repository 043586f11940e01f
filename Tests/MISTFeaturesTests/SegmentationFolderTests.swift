import Foundation
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

@Suite struct SegmentationFolderTests {
  private static func tree(_ folder: String, _ files: [String]) throws {
    for file in files {
      let path = folder + "/" + file
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data(file.utf8).write(to: URL(fileURLWithPath: path))
    }
  }

  @Test func pairsImagesWithAnnotationsAtAnyDepth() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.tree(
        folder,
        [
          "images/validation/v.JPEG", "images/training/b.jpg", "images/training/a/z.png",
          "images/training/notes.txt",
          "images/training/.hidden.jpg", "annotations/training/b.png", "annotations/training/a/z.PNG",
          "annotations/training/extra.png", "annotations/train.txt", "annotations/validation/v.png",
          "annotations/test/t.png",
        ])
      #expect(SegmentationFolder.isOne(folder) && !SegmentationFolder.isOne(folder + "/images"))
      let found = try SegmentationFolder(path: folder)
      #expect(found.splits.map(\.name) == ["train", "val"] && found.count == 3)
      #expect(found.splits[0].files == ["images/training/b.jpg", "images/training/a/z.png"])
      #expect(found.splits[0].masks == ["annotations/training/b.png", "annotations/training/a/z.PNG"])
      #expect(found.splits[0].sizes == [21, 23] && found.splits[0].maskSizes == [26, 28])
      #expect(found.splits[1].files == ["images/validation/v.JPEG"])
      #expect(found.ignored == 1)
      #expect(found.unused == ["annotations/training/extra.png", "annotations/test/t.png"])
    }
  }

  @Test func aFolderWithoutSplitsIsTrain() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.tree(
        folder, ["images/1.jpg", "images/street/2.jpg", "annotations/1.png", "annotations/street/2.png"])
      let found = try SegmentationFolder(path: folder)
      #expect(found.splits.map(\.name) == ["train"])
      #expect(found.splits[0].masks == ["annotations/1.png", "annotations/street/2.png"])
    }
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let code: ErrorCode
    let files: [String]
    let says: String
    var testDescription: String { code.name + " " + says }
  }

  static let faults = [
    Fault(
      code: .masksMissing, files: ["images/train/a.jpg", "images/train/b.jpg", "annotations/train/a.png"],
      says: "annotations/train/b.png"),
    Fault(
      code: .masksMissing, files: ["images/train/a.jpg", "images/val/b.jpg", "annotations/train/a.png"],
      says: "'val'"),
    Fault(
      code: .masksSameStem,
      files: ["images/train/a.jpg", "annotations/train/a.png", "annotations/train/a.PNG"],
      says: "same name"),
    Fault(
      code: .imagesSameStem, files: ["images/train/a.jpg", "images/train/a.png", "annotations/train/a.png"],
      says: "same name"),
    Fault(
      code: .imagesSplitTwice,
      files: ["images/train/a.jpg", "images/training/b.jpg", "annotations/train/a.png"], says: "'train'"),
    Fault(
      code: .imagesNone, files: ["images/train/a.txt", "annotations/train/a.png"], says: "no images"),
    Fault(code: .fileNotFound, files: ["images/train/a.jpg"], says: "no such folder"),
  ]

  @Test(arguments: faults)
  func namesWhatIsWrong(_ fault: Fault) throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.tree(folder, fault.files)
      let error = #expect(throws: MISTError.self) { try SegmentationFolder(path: folder) }
      #expect(
        error?.code == fault.code && error?.problem.contains(fault.says) == true,
        "\(String(describing: error))")
      #expect(error?.file?.hasPrefix(folder) == true)
    }
  }

  @Test func readsClassesOfEitherList() throws {
    try Fixture.withTemporaryFolder { folder in
      let missing = #expect(throws: MISTError.self) { try ClassList.read(folder: folder) }
      #expect(missing?.code == .classesMissing)
      func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        return folder + "/" + name
      }
      _ = try write(
        "objectInfo150.txt",
        "Idx\tRatio\tTrain\tVal\tName\n1\t0.16\t11664\t1172\twall\n2\t0.11\t6046\t612\tbuilding, edifice\n")
      #expect(try ClassList.read(folder: folder) == ["wall", "building"])
      _ = try write("classes.txt", "sky\r\nsign symbol \n\n")
      #expect(try ClassList.read(folder: folder) == ["sky", "sign symbol"])
      let own = try write("own", "a\nb, c")
      #expect(try ClassList.read(own, folder: folder) == ["a", "b, c"])
      let many = (0..<256).map { "class \($0)" }.joined(separator: "\n")
      for (name, text) in [("twice", "a\nb\na\n"), ("gap", "a\n\nb\n"), ("none", "\n"), ("many", many)] {
        let path = try write(name, text)
        let error = #expect(throws: MISTError.self) { try ClassList.read(path, folder: folder) }
        #expect(error?.code == .classesInvalid, "\(name)")
      }
    }
  }
}
