import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTVision
import TestSupport
import Testing

/// Reading back what an extraction of annotated images wrote: maps, masks and views.
@Suite struct MapStoreTests {
  /// The `view` rows of every sample of a split, read as any reader of safetensors would.
  static func views(_ store: FeatureStore, _ split: String) throws -> [[Int]] {
    let shards = store.manifest.splits.filter { $0.name == split }.flatMap(\.shards)
    return try shards.flatMap { shard in
      let archive = try SafetensorsArchive(path: store.path + "/" + shard.file)
      #expect(archive.info("view")?.shape == [shard.count, 5])
      return try archive.withBytes(of: "view") { bytes in
        (0..<shard.count).map { sample in
          (0..<5).map { Int(bytes.loadUnaligned(fromByteOffset: 20 * sample + 4 * $0, as: Int32.self)) }
        }
      }
    }
  }

  /// The value that nearest resizing gives at `place` of `output`, as positions of `input`: two where rounding decides.
  static func nearest(_ place: Int, input: Int, output: Int) -> [Int] {
    let (whole, rest) = ((2 * place + 1) * input).quotientAndRemainder(dividingBy: 2 * output)
    return rest == 0 && whole > 0 ? [whole, whole - 1] : [whole]
  }

  @Test(arguments: StoredType.allCases)
  func mapsComeBackWithinTheTypesError(dtype: StoredType) throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder, broken: true)
      let source = DrawnMaps()
      try DrawnScenes.extract(scenes, to: folder + "/store", source, dtype: dtype, threads: 2)
      let store = try FeatureStore(path: folder + "/store")
      try store.verify()
      #expect(store.manifest.task == .segmentation && store.manifest.levels == source.levels)
      #expect(store.splits.map(\.count) == [15, 3] && store.splits.map(\.name) == ["train", "val"])
      let preprocessor = try Preprocessor(DrawnMaps.preprocessing)
      for split in store.splits {
        let views = try Self.views(store, split.name)
        for sample in 0..<split.count {
          let image = try ImageDecoder.decode(scenes.path + "/" + split.file(of: sample))
          let v = views[sample]
          let shown = ImageView(top: v[0], left: v[1], height: v[2], width: v[3], flip: v[4] == 1)
          let pixels = try preprocessor.apply(image.viewed(shown)).values
          for level in source.levels {
            let stored = try source.gathers.map {
              try split.features(FeatureKey(.gather($0), level: level.level))
            }
            for features in stored + [try split.features(FeatureKey(.final, level: level.level))] {
              #expect(features.tokens == level.positions && features.channels == level.channels)
              let values = try features.values(sample)
              let far = pixels.withUnsafeBufferPointer { pixels in
                (0..<level.positions).filter { row in
                  let exact = (0..<level.channels).map {
                    DrawnMaps.value(pixels, features.tensor, place: row * level.channels + $0)
                  }
                  let largest = exact.map(abs).max() ?? 0
                  return exact.indices.contains {
                    abs(values[row * level.channels + $0] - exact[$0])
                      > FeatureStoreTests.bound(dtype, exact[$0], largest: largest)
                  }
                }
              }
              #expect(far.isEmpty, "\(features.tensor) of sample \(sample)")
            }
          }
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func masksFollowTheirImages(reduceZeroLabel: Bool) throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder)
      let source = DrawnMaps()
      let classes = DrawnScenes.classes + (reduceZeroLabel ? [] : ["other"])
      let plan = try DrawnScenes.plan(scenes, source, reduceZeroLabel: reduceZeroLabel, classes: classes)
      _ = try Extraction(plan: plan, source: source, threads: 2).run(into: folder + "/store")
      let store = try FeatureStore(path: folder + "/store")
      for (split, listed) in zip(store.splits, store.manifest.splits) {
        let masks = try split.masks()
        let views = try Self.views(store, split.name)
        #expect(masks.height == 8 && masks.width == 12 && masks.count == split.count)
        for sample in 0..<split.count {
          let mask = listed.masks[split.fileIndices[sample]]
          let labels = try LabelMapDecoder.decode(scenes.path + "/" + mask)
          let stored = try masks.values(sample)
          let (top, left, height, width) = (
            views[sample][0], views[sample][1], views[sample][2], views[sample][3]
          )
          for y in 0..<8 {
            for x in 0..<12 {
              let rows = Self.nearest(y, input: height, output: 8).map { top + $0 }
              let columns = Self.nearest(x, input: width, output: 12).map {
                left + (views[sample][4] == 1 ? width - 1 - $0 : $0)
              }
              let possible = rows.flatMap { row in columns.map { labels.values[row * labels.width + $0] } }
              let wanted = possible.map { reduceZeroLabel ? ($0 == 0 || $0 == 255 ? 255 : $0 - 1) : $0 }
              #expect(wanted.contains(stored[y * 12 + x]))
            }
          }
        }
      }
    }
  }

  @Test func asksInVain() throws {
    func code(_ body: () throws -> Void) -> ErrorCode? {
      #expect(throws: MISTError.self) { try body() }?.code
    }
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder)
      try DrawnScenes.extract(scenes, to: folder + "/store", DrawnMaps(includesFinal: false))
      let train = try FeatureStore(path: folder + "/store").split("train")
      #expect(code { _ = try train.features(FeatureKey(.gather(2))) } == .featuresOtherTask)
      #expect(code { _ = try train.features(FeatureKey(.final)) } == .featuresOtherTask)
      #expect(code { _ = try train.features(FeatureKey(.gather(3), level: 1)) } == .featuresNoSuchGather)
      #expect(code { _ = try train.features(FeatureKey(.gather(2), level: 3)) } == .featuresNoSuchLevel)
      #expect(code { _ = try train.features(FeatureKey(.final, level: 1)) } == .featuresNoFinal)
      let images = try TestTree.make(in: folder)
      try TestTree.extract(images, to: folder + "/classes")
      let classified = try FeatureStore(path: folder + "/classes").split("train")
      #expect(code { _ = try classified.features(FeatureKey(.gather(1), level: 1)) } == .featuresOtherTask)
      #expect(code { _ = try classified.masks() } == .featuresOtherTask)
    }
  }

  @Test func theUnchangedStoreIsValid() throws {
    let store = try FeatureStore(path: Fixture.path("malformed/feature-store/valid-segmentation"))
    try store.verify()
    let train = try store.split("train")
    #expect(train.fileIndices == [0, 1, 3] && train.views == [0, 1, 1] && train.labels.isEmpty)
    #expect(train.levels.map(\.channels) == [4, 8] && train.levels.map(\.reduction) == [2, 1])
    // Tensor number 2 of the file: scale 3/4, codes 3 i − 127.
    let wanted: [Float] = (0..<16).map { Float(3 * $0 - 127) * 0.75 }
    #expect(try train.features(FeatureKey(.gather(2), level: 2)).values(0) == wanted)
    #expect(try train.masks().values(1) == (24..<48).map { [255, 0, 1, 2][$0 % 4] })
  }
}
