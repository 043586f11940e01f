import Foundation
import MISTFormats
import MISTVision
import TestSupport
import Testing

@testable import MISTFeatures

/// Masks that say nothing of any pixel.
@Suite struct UnlabelledMaskTests {
  /// The drawn scenes with the annotations of `files`, below `annotations`, holding 0 and `value` alone.
  private static func scenes(
    in folder: String, blank files: [String], value: UInt8 = 255
  ) throws -> SegmentationFolder {
    let scenes = try DrawnScenes.make(in: folder)
    for file in files {
      let path = scenes.path + "/annotations/" + file
      let mask = try LabelMapDecoder.decode(path)
      let values = mask.values.indices.map { $0 % 3 == 0 ? value : 0 }
      try PNGFile.writeIndexed(
        LabelMap(width: mask.width, height: mask.height, values: values),
        palette: Palette.standard(classes: 4), to: path)
    }
    return scenes
  }

  private static let validation = (0..<3).map { "validation/scene-\($0).png" }

  @Test func aSplitOfNothingElseIsRefusedBeforeAnythingIsComputed() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try Self.scenes(in: folder, blank: Self.validation)
      let source = DrawnMaps()
      let error = #expect(throws: MISTError.self) {
        try DrawnScenes.extract(scenes, to: folder + "/store", source)
      }
      #expect(error?.code == .masksUnlabelled && error?.code.exit == .badData)
      #expect(
        error?.description
          == "split 'val': none of its 3 annotations, which hold 0 and 255 alone, has a labelled pixel: 0 means 'other' "
          + "and 255 is ignored (--reduce-zero-label); with --no-reduce-zero-label 0 is the first class; where 255 stands "
          + "for a class, write its number instead.")
      #expect(source.seen.withLock { $0 } == 0)
      #expect(!FileManager.default.fileExists(atPath: folder + "/store"))
      // 0 is a class without the convention.
      let plan = try DrawnScenes.plan(scenes, source, reduceZeroLabel: false, classes: ["a", "b", "c", "d"])
      let summary = try Extraction(plan: plan, source: source, threads: 1).run(into: folder + "/store")
      #expect(summary.manifest.splits.map(\.counts.unlabelled) == [0, 0])
    }
  }

  @Test func masksOf255AloneAreIgnoredWithoutTheConventionToo() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder)
      for file in Self.validation {
        try PNGFile.writeIndexed(
          LabelMap(width: 2, height: 1, values: [255, 255]), palette: Palette.standard(classes: 4),
          to: scenes.path + "/annotations/" + file)
      }
      let plan = try DrawnScenes.plan(
        scenes, DrawnMaps(), reduceZeroLabel: false, classes: ["a", "b", "c", "d"])
      let error = #expect(throws: MISTError.self) { try plan.checkTargets() }
      #expect(error?.code == .masksUnlabelled && error?.problem.hasSuffix(": 255 is ignored") == true)
    }
  }

  @Test func someAreCountedWhateverTheRuns() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try Self.scenes(
        in: folder, blank: ["training/scene-1.png", "training/scene-4.png", Self.validation[0]])
      let summary = try DrawnScenes.extract(scenes, to: folder + "/store", threads: 3)
      // Three views of an image of train.
      #expect(summary.manifest.splits.map(\.counts.unlabelled) == [6, 1])
      let whole = try TestTree.contents(folder + "/store")
      for limit in [4, 9] {
        #expect(throws: DrawnSource.Stopped.self) {
          try DrawnScenes.extract(scenes, to: folder + "/parts", DrawnMaps(failAfter: limit))
        }
      }
      try DrawnScenes.extract(scenes, to: folder + "/parts")
      #expect(try TestTree.contents(folder + "/parts") == whole)
      try FeatureStore(path: folder + "/parts").verify()
    }
  }

  /// Labelled pixels that no sample shows, because the model's crop cuts them off, are none either.
  @Test func whatACropCutsOffDoesNotCount() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder)
      for file in Self.validation {
        let path = scenes.path + "/annotations/" + file
        let mask = try LabelMapDecoder.decode(path)
        var values = [UInt8](repeating: 0, count: mask.values.count)
        values[0] = 1
        try PNGFile.writeIndexed(
          LabelMap(width: mask.width, height: mask.height, values: values),
          palette: Palette.standard(classes: 4), to: path)
      }
      let error = #expect(throws: MISTError.self) {
        try DrawnScenes.extract(scenes, to: folder + "/store")
      }
      #expect(error?.code == .masksUnlabelled && error?.place == "split 'val'")
      #expect(error?.problem.hasPrefix("none of its 3 samples, as the model's input shows them,") == true)
      #expect(!FeatureStore.exists(at: folder + "/store"))
    }
  }
}
