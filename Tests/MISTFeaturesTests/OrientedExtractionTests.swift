import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import MISTVision
import TestSupport
import Testing

@testable import MISTFeatures

/// Photographs that carry an EXIF orientation, and their masks.
@Suite struct OrientedExtractionTests {
  private enum Masks: CaseIterable {
    /// Of the pixels as they are stored, or as a viewer shows them.
    case stored, shown
    /// PNG files that carry the orientation themselves.
    case carrying
  }

  private static func mask(_ number: Int) -> LabelMap {
    LabelMap(width: 6, height: 4, values: (0..<24).map { UInt8(($0 + number) % 4) })
  }

  /// `training` of the eight orientations, 6 × 4 pixels as stored; `turned`: as a viewer shows them, without EXIF data.
  private static func scenes(in folder: String, _ masks: Masks, turned: Bool) throws -> SegmentationFolder {
    for kind in ["images", "annotations"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(kind)/training", withIntermediateDirectories: true)
    }
    for orientation in ImageOrientation.allCases {
      let number = Int(orientation.rawValue)
      let bytes = try ImageDecoder.contents(of: Fixture.path("vision/oriented/little-\(number).jpg"))
      let (picture, note) = (
        "\(folder)/images/training/\(number)", "\(folder)/annotations/training/\(number).png"
      )
      let mask = mask(number)
      if turned {
        try PNGFile.writeRGB(try ImageDecoder.decode(bytes: bytes).turned(orientation), to: picture + ".png")
      } else {
        try Data(bytes).write(to: URL(fileURLWithPath: picture + ".jpg"))
      }
      let shown = mask.turned(orientation)
      try PNGFile.writeIndexed(
        turned || masks == .shown ? shown : mask, palette: Palette.standard(classes: 4), to: note)
      if masks == .carrying, !turned {
        let own = Data(try ImageDecoder.contents(of: Fixture.path("vision/oriented/exif-\(number).png")))
        // Its eXIf chunk, from the chunk's length to its checksum, goes behind the mask's header.
        let start = try #require(own.range(of: Data("eXIf".utf8))).lowerBound - 4
        let end = try #require(own.range(of: Data("IDAT".utf8))).lowerBound - 4
        var file = try Data(contentsOf: URL(fileURLWithPath: note))
        file.insert(contentsOf: own[start..<end], at: 33)
        try file.write(to: URL(fileURLWithPath: note))
      }
    }
    try Data("box\nbar\ndot\n".utf8).write(to: URL(fileURLWithPath: folder + "/classes.txt"))
    return try SegmentationFolder(path: folder)
  }

  private static func extract(
    _ scenes: SegmentationFolder, _ orientation: Preprocessing.Orientation, to store: String,
    _ source: DrawnMaps = DrawnMaps()
  ) throws -> Extraction.Summary {
    var (samples, preprocessing) = (scenes, DrawnMaps.preprocessing)
    samples.classes = DrawnScenes.classes
    preprocessing.orientation = orientation
    let plan = try ExtractionPlan(
      samples: samples, annotations: .init(views: .init(count: 2, seed: 5)), source: source,
      model: DrawnSource.model(), preprocessing: preprocessing, dtype: .f32, filesPerShard: 5)
    return try Extraction(plan: plan, source: source, threads: 2).run(into: store)
  }

  private static func tensors(_ store: String) throws -> [[UInt8]] {
    try FeatureStore(path: store).manifest.splits.flatMap(\.shards).flatMap { shard in
      let archive = try SafetensorsArchive(path: store + "/" + shard.file)
      return try archive.tensors.map { try archive.withBytes(of: $0.name) { [UInt8]($0) } }
    }
  }

  /// Features and masks are those of the same pictures turned beforehand. Masks of a half turn or a mirror cannot be told by their
  /// size and turn with their images, so those that were drawn on turned images are of the sides' exchange alone.
  @Test func appliedIsAsTurnedBefore() throws {
    for masks in [Masks.stored, .carrying] {
      try Fixture.withTemporaryFolder { folder in
        let plain = try Self.extract(
          Self.scenes(in: folder + "/turned", masks, turned: true), .apply, to: folder + "/expected")
        let made = try Self.extract(
          Self.scenes(in: folder + "/raw", masks, turned: false), .apply, to: folder + "/store")
        #expect(made.skipped.isEmpty && plain.skipped.isEmpty)
        #expect(try Self.tensors(folder + "/store") == Self.tensors(folder + "/expected"))
        // Images, not views.
        #expect(made.manifest.splits[0].counts.oriented == 7)
        #expect(plain.manifest.splits[0].counts.oriented == 0)
        #expect(try FeatureStore(path: folder + "/store").manifest.splits[0].counts.oriented == 7)
      }
    }
  }

  @Test func masksOfTheShownSizeAreTaken() throws {
    try Fixture.withTemporaryFolder { folder in
      _ = try Self.extract(
        Self.scenes(in: folder + "/turned", .shown, turned: true), .apply, to: folder + "/expected")
      let scenes = try Self.scenes(in: folder + "/raw", .shown, turned: false)
      // 2, 3 and 4 keep their sides; their masks are turned once more, which undoes it.
      for name in ["2", "3", "4"] {
        let path = folder + "/raw/annotations/training/\(name).png"
        try PNGFile.writeIndexed(
          Self.mask(Int(name) ?? 0), palette: Palette.standard(classes: 4), to: path)
      }
      let made = try Self.extract(scenes, .apply, to: folder + "/store")
      #expect(made.skipped.isEmpty)
      #expect(try Self.tensors(folder + "/store") == Self.tensors(folder + "/expected"))
    }
  }

  @Test func ignoredOnesAreCountedAndTakenAsStored() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try Self.scenes(in: folder + "/raw", .stored, turned: false)
      let made = try Self.extract(scenes, .ignore, to: folder + "/store")
      #expect(made.skipped.isEmpty && made.manifest.splits[0].counts.oriented == 7)
      let split = try FeatureStore(path: folder + "/store").split("train")
      let expected = try Preprocessor(DrawnMaps.preprocessing).apply(Self.mask(6).reducedZeroLabel())
      // The sixth image, its first view.
      #expect(try split.masks().values(10) == expected.values)
      // Masks of turned images do not fit these, and it says why.
      let shown = try Self.scenes(in: folder + "/other", .shown, turned: false)
      let skipped = try Self.extract(shown, .ignore, to: folder + "/shown").skipped
      #expect(skipped.count == 8 && skipped.allSatisfy { $0.code == "masks.size-differs" })
      #expect(
        skipped[0].reason
          == "annotation: it is 6 × 4 pixels, and the image 4 × 6 without the EXIF orientation that it carries"
      )
    }
  }

  @Test func countsSurviveInterruption() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try Self.scenes(in: folder + "/raw", .stored, turned: false)
      _ = try Self.extract(scenes, .apply, to: folder + "/whole")
      let whole = try TestTree.contents(folder + "/whole")
      for limit in [7, 3] {
        #expect(throws: DrawnSource.Stopped.self) {
          try Self.extract(scenes, .apply, to: folder + "/parts", DrawnMaps(failAfter: limit))
        }
      }
      _ = try Self.extract(scenes, .apply, to: folder + "/parts")
      #expect(try TestTree.contents(folder + "/parts") == whole)
      let error = #expect(throws: MISTError.self) {
        try Self.extract(scenes, .ignore, to: folder + "/parts")
      }
      #expect(error?.code == .extractDifferentStore)
      #expect(error?.problem.hasSuffix("its treatment of EXIF orientation is apply, not ignore") == true)
    }
  }
}
