import Foundation
import MISTFeatures
import MISTFormats
import MISTModels
import TestSupport
import Testing

@Suite struct ExtractionTests {
  @Test(arguments: FeatureDType.allCases)
  func interruptedRunsEndInTheSameBytes(dtype: FeatureDType) throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder, broken: true)
      try TestTree.extract(images, to: folder + "/whole", dtype: dtype)
      let whole = try TestTree.contents(folder + "/whole")
      #expect(whole.keys.contains("manifest.json") && whole.keys.contains("train-00005-of-00006.safetensors"))
      #expect(whole.count == 6 + 2 + 1)
      for (threads, steps) in [(1, [0, 3, 4, 9]), (3, [1, 6, 13])] {
        let target = folder + "/parts-\(threads)"
        var seen = 0
        for step in steps {
          let source = DrawnSource(failAfter: step)
          #expect(throws: DrawnSource.Stopped.self) {
            try TestTree.extract(images, to: target, source, dtype: dtype, threads: threads)
          }
          #expect(!FeatureStore.exists(at: target))
          seen += source.seen.withLock { $0 }
        }
        let source = DrawnSource()
        let summary = try TestTree.extract(images, to: target, source, dtype: dtype, threads: threads)
        #expect(summary.resumed > 0 && summary.resumed + summary.processed == 29)
        #expect(source.seen.withLock { $0 } < 27)
        #expect(seen == steps.reduce(0, +))
        #expect(try TestTree.contents(target) == whole)
      }
    }
  }

  @Test func threadsAndRepetitionChangeNothing() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder, broken: true)
      try TestTree.extract(images, to: folder + "/one", threads: 1)
      try TestTree.extract(images, to: folder + "/three", threads: 3)
      try TestTree.extract(images, to: folder + "/many", threads: 40)
      let one = try TestTree.contents(folder + "/one")
      #expect(try TestTree.contents(folder + "/three") == one)
      #expect(try TestTree.contents(folder + "/many") == one)
      let again = try TestTree.extract(images, to: folder + "/one", DrawnSource(failAfter: 0))
      #expect(again.processed == 0 && again.resumed == 29 && again.skipped.count == 2)
      #expect(try TestTree.contents(folder + "/one") == one)
    }
  }

  @Test func leftoversOfAKilledRunGo() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      try TestTree.extract(images, to: folder + "/whole")
      let whole = try TestTree.contents(folder + "/whole")
      let target = folder + "/killed"
      #expect(throws: DrawnSource.Stopped.self) {
        try TestTree.extract(images, to: target, DrawnSource(failAfter: 9))
      }
      let bytes = Data([1, 2, 3])
      _ = FileManager.default.createFile(
        atPath: target + "/.train-00001-of-00005.safetensors.77-0.tmp", contents: bytes)
      try bytes.write(to: URL(fileURLWithPath: target + "/.manifest.json.77-0.tmp"))
      // A shard that is not whole is written anew.
      try bytes.write(to: URL(fileURLWithPath: target + "/train-00000-of-00005.safetensors"))
      try TestTree.extract(images, to: target)
      #expect(try TestTree.contents(target) == whole)
      // Killed between the manifest and the plan's removal.
      try bytes.write(to: URL(fileURLWithPath: target + "/plan.json"))
      try TestTree.extract(images, to: target)
      #expect(try TestTree.contents(target) == whole)
    }
  }

  @Test func unreadableImagesAreListedOrFatal() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder, broken: true)
      let summary = try TestTree.extract(images, to: folder + "/store")
      #expect(summary.skipped.map(\.file) == ["train/dog/half.jpg", "test/dog/half.jpg"])
      #expect(summary.skipped.allSatisfy { $0.code == "image.truncated" && !$0.reason.contains(folder) })
      let store = try FeatureStore(path: folder + "/store")
      #expect(store.splits.map(\.count) == [20, 7])
      for split in store.splits {
        let files = (0..<split.count).map { split.file(of: $0) }
        #expect(!files.contains { $0.hasSuffix("half.jpg") })
        let labelled = zip(files, split.labels).filter { $0.0.contains($0.1 == 0 ? "/cat/" : "/dog/") }
        #expect(labelled.count == split.count)
      }
      for target in ["/strict", "/store"] {
        let error = #expect(throws: MISTError.self) {
          try TestTree.extract(images, to: folder + target, strict: true)
        }
        #expect(error?.code == .extractUnreadableImage && error?.file?.hasSuffix("dog/half.jpg") == true)
      }
    }
  }

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
      for (scale, dtype) in [(Float.nan, FeatureDType.int8), (.infinity, .f32), (1e4, .f16)] {
        let error = #expect(throws: MISTError.self) {
          try TestTree.extract(
            images, to: folder + "/\(dtype.rawValue)", DrawnSource(scale: scale), dtype: dtype)
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

  @Test func progressEndsAtTheTotal() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let source = DrawnSource()
      let steps = Collected<[Int]>([])
      _ = try Extraction(plan: TestTree.plan(images, source), source: source, threads: 2).run(
        into: folder + "/store", progress: { step in steps.update { $0.append(step.done) } })
      #expect(steps.value.sorted() == Array(1...27))
    }
  }
}
