import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTFeatures

/// Class lists, lists of images and labels as editors leave them: with a byte order mark, CRLF and blanks behind names.
@Suite struct EditedTextTests {
  private static let mark = "\u{FEFF}"

  private static func write(_ text: String, _ path: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func classLists() throws {
    try Fixture.withTemporaryFolder { folder in
      let plain = try Self.write("\(Self.mark)cat \r\ndog\t\r\n", folder + "/names.txt")
      #expect(try ClassList.read(plain, folder: folder) == ["cat", "dog"])
      let table = "\(Self.mark)Idx\tRatio\tName\r\n1\t0.1\tcat, feline \r\n 2 \t0.2\tdog \r\n"
      let ade = try Self.write(table, folder + "/objectInfo150.txt")
      #expect(try ClassList.read(ade, folder: folder) == ["cat", "dog"])
      let twice = try Self.write("cat\ncat \n", folder + "/twice.txt")
      let error = #expect(throws: MISTError.self) { try ClassList.read(twice, folder: folder) }
      #expect(error?.code == .classesInvalid && error?.place == "class 2")
    }
  }

  @Test(arguments: ["csv", "tsv"])
  func listsOfImages(_ kind: String) throws {
    try Fixture.withTemporaryFolder { folder in
      for name in ["a.png", "b.png", "c.png", " d.png"] {
        try FileManager.default.copyItem(
          atPath: Fixture.path("vision/files/rgb-8.png"), toPath: folder + "/" + name)
      }
      let between = kind == "csv" ? "," : "\t"
      let rows = [
        ["path ", " label", "split"], ["a.png ", "cat ", "train "], [" b.png", " dog", " val"], ["  "],
        ["c.png", "\"cat \"", "train"], ["\" d.png\"", "dog", "train"],
      ]
      let text = Self.mark + rows.map { $0.joined(separator: between) }.joined(separator: "\r\n")
      let list = try Self.write(text, "\(folder)/list.\(kind)")
      let names = try Self.write("\(Self.mark)dog \r\ncat\r\n", folder + "/names.txt")
      let source = try SampleSources.open(SampleRequest([], classes: names, list: list))
      #expect(source.classes == ["dog", "cat"])
      #expect(source.splits.map(\.name) == ["train", "val"])
      // A quoted path may begin with a blank; a label never does.
      #expect(source.splits.map(\.files) == [["a.png", "c.png", " d.png"], ["b.png"]])
      #expect(source.splits.map(\.labels) == [[1, 1, 0], [0]])
      #expect(try SampleSources.open(SampleRequest([], list: list)).classes == ["cat", "dog"])
    }
  }

  @Test(arguments: ["cls", "txt", "json"])
  func labelsInArchives(_ form: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let image = try MappedFile.contents(of: Fixture.path("vision/files/rgb-8.png"))
      let labels = form == "json" ? ["{\"label\": \"cat \"}\r\n", "\"dog\""] : ["cat \r\n", "dog"]
      let members = labels.enumerated().flatMap { number, label in
        [("\(number).png", image), ("\(number).\(form)", Array((Self.mark + label).utf8))]
      }
      let path = folder + "/data.tar"
      try Data(TarWriter.archive(members.map { (name: $0.0, bytes: $0.1) })).write(
        to: URL(fileURLWithPath: path))
      let source = try SampleSources.open(SampleRequest([path]))
      #expect(source.classes == ["cat", "dog"] && source.splits.map(\.labels) == [[0, 1]])
    }
  }
}
