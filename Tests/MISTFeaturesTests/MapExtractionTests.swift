import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

/// What classification stores promise holds for annotated images too: the same bytes however the work went.
@Suite struct MapExtractionTests {
  @Test(arguments: StoredType.allCases)
  func interruptedRunsEndInTheSameBytes(dtype: StoredType) throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder, broken: true)
      try DrawnScenes.extract(scenes, to: folder + "/whole", dtype: dtype)
      let whole = try TestTree.contents(folder + "/whole")
      // 7 files of 3 views and 4 files, in shards of 4.
      #expect(whole.count == 6 + 1 + 1)
      for (threads, steps) in [(1, [0, 3, 9]), (3, [1, 6])] {
        let target = folder + "/parts-\(threads)"
        for step in steps {
          #expect(throws: DrawnSource.Stopped.self) {
            try DrawnScenes.extract(
              scenes, to: target, DrawnMaps(failAfter: step), dtype: dtype, threads: threads)
          }
          #expect(!FeatureStore.exists(at: target))
        }
        let source = DrawnMaps()
        let summary = try DrawnScenes.extract(scenes, to: target, source, dtype: dtype, threads: threads)
        #expect(summary.resumed > 0 && summary.resumed + summary.processed == 25)
        #expect(source.seen.withLock { $0 } < 18)
        #expect(try TestTree.contents(target) == whole)
      }
    }
  }

  @Test func threadsAndRepetitionChangeNothing() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder, broken: true)
      try DrawnScenes.extract(scenes, to: folder + "/one")
      let one = try TestTree.contents(folder + "/one")
      for threads in [2, 5, 40] {
        try DrawnScenes.extract(scenes, to: folder + "/\(threads)", threads: threads)
        #expect(try TestTree.contents(folder + "/\(threads)") == one)
      }
      let again = try DrawnScenes.extract(scenes, to: folder + "/one", DrawnMaps(failAfter: 0))
      #expect(again.processed == 0 && again.resumed == 25 && again.skipped.count == 7)
      #expect(try TestTree.contents(folder + "/one") == one)
    }
  }

  @Test func unreadableImagesAreListedOnceAView() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder, broken: true)
      let summary = try DrawnScenes.extract(scenes, to: folder + "/store")
      let found = summary.skipped.map { "\($0.index) \($0.file) \($0.code)" }
      let train = ["cut.png image.truncated", "small.png masks.size-differs"].enumerated().flatMap {
        place, file in
        (0..<3).map { "\([0, 18][place] + $0) images/training/\(file)" }
      }
      #expect(found == train + ["3 images/validation/unknown.png masks.unknown-class"])
      #expect(summary.skipped.allSatisfy { !$0.reason.contains(folder) })
      #expect(
        summary.skipped.last?.reason.contains("annotation: it holds the value 4, and there are 3 classes")
          == true)
      #expect(summary.skipped[3].reason.contains("9 × 47") && summary.skipped[3].reason.contains("28 × 47"))
      let error = #expect(throws: MISTError.self) {
        try DrawnScenes.extract(scenes, to: folder + "/strict", strict: true)
      }
      #expect(error?.code == .extractUnreadableImage)
    }
  }

  @Test func refusesTheFolderOfAnotherExtraction() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder)
      let source = DrawnMaps()
      try DrawnScenes.extract(scenes, to: folder + "/done")
      #expect(throws: DrawnSource.Stopped.self) {
        try DrawnScenes.extract(scenes, to: folder + "/begun", DrawnMaps(failAfter: 6))
      }
      let images = try TestTree.make(in: folder)
      let mask = URL(fileURLWithPath: scenes.path + "/annotations/training/scene-3.png")
      let bytes = try Data(contentsOf: mask)
      try (bytes + [0]).write(to: mask)
      let grown = try SegmentationFolder(path: scenes.path)
      try bytes.write(to: mask)
      let plans: [(String, ExtractionPlan, any FeatureSource)] = [
        ("views", try DrawnScenes.plan(scenes, source, views: .init(count: 2, seed: 11)), source),
        ("seed", try DrawnScenes.plan(scenes, source, views: .init(count: 3, seed: 12)), source),
        ("masks", try DrawnScenes.plan(scenes, source, reduceZeroLabel: false), source),
        ("classes", try DrawnScenes.plan(scenes, source, classes: ["a", "b", "c"]), source),
        ("size", try DrawnScenes.plan(grown, source), source),
        ("task", try TestTree.plan(images, DrawnSource()), DrawnSource()),
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
    }
  }

  /// Stores of classification are what they were before there were others: plans decide every byte but pixels.
  @Test func plansOfClassificationStay() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder, broken: true)
      let known = [
        StoredType.f32: "db9ef3a5647d4ef35f52b6b917d16f0209291753d1a9e240d96904b8ef9a7ca5",
        .f16: "decefa9cd0289fc824b97099466570c52322cc055695d9bb0a9c1add6be08d3a",
        .int8: "73b6cb7ea47fd4505c563a36272e14b6e6f6f35cff4010aad048e9f7c30e5aab",
      ]
      for (dtype, plan) in known {
        let made = try TestTree.plan(images, DrawnSource(), dtype: dtype)
        #expect(try made.manifest(version: 1)?.plan == plan)
        let version = dtype == .int8 ? 4 : 3
        #expect(try made.manifest(version: 2) == nil && made.manifest(version: version) == made.manifest)
        // Offsets are int8's alone, and a store of int8 may have been begun without.
        #expect(try (made.manifest(version: 4) == nil) == (dtype != .int8))
        #expect(try made.manifest(version: 3) != nil)
      }
      try TestTree.extract(images, to: folder + "/store", dtype: .int8)
      let archive = try SafetensorsArchive(path: folder + "/store/train-00001-of-00006.safetensors")
      let names = "label index final k1.scale k3.scale k1.offset k3.offset k1 k3"
      #expect(archive.tensors.map(\.name) == names.split(separator: " ").map(String.init))
      let keys =
        "channels classes dtype final first format gather listed model plan preprocessing skipped split task "
      #expect(
        archive.metadata.keys.sorted() == (keys + "tokens version").split(separator: " ").map { "mist.\($0)" }
      )
      let manifest = try FeatureStore(path: folder + "/store").manifest
      #expect(manifest.version == 4 && archive.metadata["mist.version"] == "4")
      #expect(manifest.task == .classification && archive.metadata["mist.task"] == "classification")
    }
  }

  /// A store that an earlier mist began is finished in its version, and every tensor is what a new one holds.
  @Test(arguments: [1, 2])
  func unfinishedStoresOfEarlierVersionsAreFinished(version: Int) throws {
    try Fixture.withTemporaryFolder { folder in
      let plan: ExtractionPlan
      let source: any FeatureSource
      if version == 1 {
        (source, plan) = (
          DrawnSource(), try TestTree.plan(TestTree.make(in: folder, broken: true), DrawnSource())
        )
      } else {
        (source, plan) = (
          DrawnMaps(), try DrawnScenes.plan(DrawnScenes.make(in: folder, broken: true), DrawnMaps())
        )
      }
      let new = try Extraction(plan: plan, source: source, threads: 1).run(into: folder + "/new")
      let began = try #require(try plan.manifest(version: version))
      try FileManager.default.createDirectory(atPath: folder + "/old", withIntermediateDirectories: true)
      try JSONEncoder().encode(began).write(to: URL(fileURLWithPath: folder + "/old/plan.json"))
      for round in 0..<2 {
        let old = try Extraction(plan: plan, source: source, threads: 1).run(into: folder + "/old")
        #expect(old.manifest.version == version && old.processed == (round == 0 ? plan.count : 0))
        try FeatureStore(path: folder + "/old").verify()
        #expect(old.skipped == new.skipped && old.manifest.plan != new.manifest.plan)
        for shard in new.manifest.splits.flatMap(\.shards) {
          let (a, b) = (
            try SafetensorsArchive(path: folder + "/old/" + shard.file),
            try SafetensorsArchive(path: folder + "/new/" + shard.file)
          )
          #expect(a.metadata["mist.version"] == "\(version)" && b.metadata["mist.version"] == "3")
          #expect(a.tensors == b.tensors)
          for info in a.tensors {
            #expect(
              try a.withBytes(of: info.name) { Array($0) } == b.withBytes(of: info.name) { Array($0) })
          }
        }
      }
    }
  }

  /// An image and its annotation are read once for all of the views that one shard has of it.
  @Test func viewsOfAnImageShareItsDecoding() throws {
    final class Counted: SampleSource {
      let scenes: SegmentationFolder
      let images = Collected<[String: Int]>([:])
      let masks = Collected<[String: Int]>([:])
      init(_ scenes: SegmentationFolder) { self.scenes = scenes }
      var task: FeatureTask { scenes.task }
      var path: String { scenes.path }
      var classes: [String] { DrawnScenes.classes }
      var splits: [SampleSplit] { scenes.splits }
      var notes: [String] { [] }
      func image(_ sample: Int, of split: Int) throws -> [UInt8] {
        images.update { $0[splits[split].files[sample], default: 0] += 1 }
        return try scenes.image(sample, of: split)
      }
      func mask(_ sample: Int, of split: Int) throws -> [UInt8] {
        masks.update { $0[splits[split].files[sample], default: 0] += 1 }
        return try scenes.mask(sample, of: split)
      }
    }
    try Fixture.withTemporaryFolder { folder in
      let counted = Counted(try DrawnScenes.make(in: folder))
      let plan = try ExtractionPlan(
        samples: counted, annotations: .init(views: .init(count: 3, seed: 11)), source: DrawnMaps(),
        model: DrawnSource.model(), preprocessing: DrawnMaps.preprocessing, dtype: .f32, filesPerShard: 4)
      #expect(plan.count == 5 * 3 + 3)
      _ = try Extraction(plan: plan, source: DrawnMaps(), threads: 2).run(into: folder + "/store")
      // Shards of four views each: images 1 and 2 of train lie in two shards, the others in one.
      let once = Dictionary(
        uniqueKeysWithValues: counted.splits.enumerated().flatMap { number, split in
          split.files.enumerated().map { ($1, number == 0 && (1...2).contains($0) ? 2 : 1) }
        })
      #expect(counted.images.value == once)
      // The first of every split is looked at before, to see that there are labelled pixels.
      let looked = once.merging(counted.splits.map { ($0.files[0], 1) }) { $0 + $1 }
      #expect(counted.masks.value == looked)
    }
  }
}
