import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import TestSupport
import Testing

@Suite struct ExtractionTests {
  @Test(arguments: StoredType.allCases)
  func interruptedRunsEndInTheSameBytes(dtype: StoredType) throws {
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
