import Foundation
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

/// Folders of images to calibrate by.
@Suite struct CalibrationFolderTests {
  private func withFolder(_ count: Int, _ body: (String) throws -> Void) throws {
    try Fixture.withTemporaryFolder { folder in
      for number in 0..<count {
        let place = folder + (number % 2 == 0 ? "/a" : "/b/c")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try Data("image \(number)".utf8).write(
          to: URL(fileURLWithPath: "\(place)/\(String(1000 + number)).jpg"))
      }
      try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/notes.txt"))
      try body(folder)
    }
  }

  @Test func imagesBelowItAreListedAndHashed() throws {
    try withFolder(4) { path in
      let folder = try CalibrationFolder(path)
      #expect(folder.files == ["a/1000.jpg", "a/1002.jpg", "b/c/1001.jpg", "b/c/1003.jpg"])
      #expect(folder.record.images == 4)
      var hash = ContentHash()
      for number in [0, 2, 1, 3] { hash.update("image \(number)") }
      #expect(folder.record.sha256 == hash.finalize())
      #expect(try folder.image(2) == Array("image 1".utf8))
      let error = #expect(throws: MISTError.self) {
        try folder.naming(2) { throw MISTError(.bug, "no") }
      }
      #expect(error?.file?.hasSuffix("b/c/1001.jpg") == true)
    }
  }

  @Test func ofManyAFewAreUsedSpreadEvenly() throws {
    try withFolder(200) { path in
      let folder = try CalibrationFolder(path)
      #expect(folder.files.count == CalibrationFolder.largestCount)
      #expect(folder.files.prefix(2) == ["a/1002.jpg", "a/1008.jpg"])
      #expect(folder.files.count { $0.hasPrefix("a/") } == 32)
    }
  }

  @Test func whatIsNoFolderOfImagesIsRefusedByName() throws {
    try withFolder(0) { path in
      for (path, code) in [
        (path, ErrorCode.calibrationNoImages), (path + "/nowhere", .fileNotFound),
        (path + "/notes.txt", .fileUnreadable),
      ] {
        let error = #expect(throws: MISTError.self) { try CalibrationFolder(path) }
        #expect(error?.code == code && error?.file == path)
      }
    }
  }
}
