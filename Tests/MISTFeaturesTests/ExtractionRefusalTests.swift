import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import TestSupport
import Testing

/// What an extraction refuses, and that it leaves everything as it was.
@Suite struct ExtractionRefusalTests {
  @Test func refusesTheFolderOfAnotherExtraction() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let source = DrawnSource()
      try TestTree.extract(images, to: folder + "/done")
      #expect(throws: DrawnSource.Stopped.self) {
        try TestTree.extract(images, to: folder + "/begun", DrawnSource(failAfter: 6))
      }
      var other = DrawnSource.preprocessing
      other.interpolation = .bicubic
      let plans: [(String, ExtractionPlan, DrawnSource)] = [
        ("model", try TestTree.plan(images, source, model: "b"), source),
        ("gather", try TestTree.plan(images, DrawnSource(gathers: [1, 2])), DrawnSource(gathers: [1, 2])),
        ("dtype", try TestTree.plan(images, source, dtype: .f16), source),
        ("preprocessing", try TestTree.plan(images, source, preprocessing: other), source),
        ("images per shard", try TestTree.plan(images, source, perShard: 5), source),
        (
          "final", try TestTree.plan(images, DrawnSource(includesFinal: false)),
          DrawnSource(includesFinal: false)
        ),
      ]
      for target in ["/done", "/begun"] {
        let before = try TestTree.contents(folder + target)
        for (what, plan, source) in plans {
          let error = #expect(throws: MISTError.self) {
            try Extraction(plan: plan, source: source, threads: 1).run(into: folder + target)
          }
          #expect(error?.code == .extractDifferentStore)
          #expect(error?.problem.contains(what) == true, "\(what): \(String(describing: error))")
        }
        #expect(try TestTree.contents(folder + target) == before)
      }
      try FileManager.default.removeItem(
        atPath: images.path + "/test/" + images.splits[1].files[0].dropFirst(5))
      let fewer = try ImageFolder(path: images.path)
      let error = #expect(throws: MISTError.self) { try TestTree.extract(fewer, to: folder + "/begun") }
      #expect(error?.code == .extractDifferentStore && error?.problem.contains("file 0 of test") == true)
    }
  }

  @Test func refusesFoldersWithOtherThings() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let error = #expect(throws: MISTError.self) { try TestTree.extract(images, to: images.path) }
      #expect(error?.code == .extractFolderNotEmpty)
      let file = folder + "/file"
      try Data().write(to: URL(fileURLWithPath: file))
      let occupied = #expect(throws: MISTError.self) { try TestTree.extract(images, to: file) }
      #expect(occupied?.code == .fileWriteFailed)
    }
  }

  @Test func refusesFeaturesThatTheTypeCannotHold() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      for (scale, dtype) in [(Float.nan, StoredType.int8), (.infinity, .f32), (1e4, .f16)] {
        let error = #expect(throws: MISTError.self) {
          try TestTree.extract(
            images, to: folder + "/\(dtype.description)", DrawnSource(scale: scale), dtype: dtype)
        }
        #expect(error?.code == .extractNotFinite && error?.file != nil)
      }
    }
  }

  @Test func refusesInputsThatDoNotFit() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      var other = DrawnSource.preprocessing
      for crop in [nil, [8, 9]] {
        other.crop = crop
        let error = #expect(throws: MISTError.self) {
          try TestTree.plan(images, DrawnSource(), preprocessing: other)
        }
        #expect(error?.code == .extractInputSize)
      }
      let none = #expect(throws: MISTError.self) { try TestTree.plan(images, DrawnSource(), perShard: 0) }
      #expect(none?.code == .usage)
    }
  }
}
