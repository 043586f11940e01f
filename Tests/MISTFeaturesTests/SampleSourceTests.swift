import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTFeatures

/// The same images from every source, and what each source refuses.
@Suite struct SampleSourceTests {
  /// Every tensor of every shard of a store.
  private static func tensors(_ store: String) throws -> [String: [UInt8]] {
    var tensors: [String: [UInt8]] = [:]
    for shard in try FeatureStore(path: store).manifest.splits.flatMap(\.shards) {
      let archive = try SafetensorsArchive(path: store + "/" + shard.file)
      for info in archive.tensors {
        tensors[shard.file + "/" + info.name] = try archive.withBytes(of: info.name) { [UInt8]($0) }
      }
    }
    return tensors
  }

  /// The samples of `source` as tar files of `size` samples each, a list of files per split. `target`: members that say the
  /// target of sample i of a split.
  private static func pack(
    _ source: any FolderSource, size: Int, in folder: String,
    target: (SampleSplit, Int, String) throws -> [(String, [UInt8])]
  ) throws -> [(name: String, shards: String)] {
    try source.splits.enumerated().map { number, split in
      var shards: [String] = []
      for start in stride(from: 0, to: split.files.count, by: size) {
        let members = try (start..<min(start + size, split.files.count)).flatMap { i in
          let ending = (split.files[i] as NSString).pathExtension
          let key = "s/\(split.name)-\(i)"
          // Uneven order: the target may stand before the image.
          let image = ("\(key).\(ending)", try source.image(i, of: number))
          return i % 2 == 0 ? [image] + (try target(split, i, key)) : try target(split, i, key) + [image]
        }
        let shard = "\(split.name)-0\(shards.count).tar"
        try Data(TarWriter.archive(members.map { (name: $0.0, bytes: $0.1) })).write(
          to: URL(fileURLWithPath: folder + "/" + shard))
        shards.append(shard)
      }
      return (split.name, "\(folder)/\(split.name)-{00..0\(shards.count - 1)}.tar")
    }
  }

  private static func write(_ lines: [String], _ name: String, in folder: String) throws -> String {
    let path = folder + "/" + name
    try Data(lines.joined(separator: "\r\n").utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func classesFromFoldersArchivesAndLists() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder, broken: true)
      try TestTree.extract(images, to: folder + "/folders", dtype: .f16)
      let expected = try Self.tensors(folder + "/folders")
      let forms: [(SampleSplit, Int, String) -> [(String, [UInt8])]] = [
        { [("\($2).cls", Array("\($0.labels[$1])\n".utf8)), ("\($2).txt", Array("a caption".utf8))] },
        { [("\($2).txt", Array(images.classes[$0.labels[$1]].utf8))] },
        { [("\($2).json", Array("{\"label\": \"\(images.classes[$0.labels[$1]])\", \"width\": 3}".utf8))] },
      ]
      let names = try Self.write(images.classes, "names.txt", in: folder)
      for (number, form) in forms.enumerated() {
        let place = folder + "/tar-\(number)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let splits = try Self.pack(images, size: 6, in: place) { form($0, $1, $2) }
        let source = try SampleSources.open(
          SampleRequest([], classes: number == 0 ? names : nil, splits: splits))
        #expect(source.task == .classification && source.classes == images.classes)
        #expect(source.splits.map(\.labels) == images.splits.map(\.labels))
        #expect(source.splits[0].files[0].hasPrefix("train-00.tar/s/train-0."))
        let plan = try ExtractionPlan(
          samples: source, source: DrawnSource(), model: DrawnSource.model(),
          preprocessing: DrawnSource.preprocessing, dtype: .f16, filesPerShard: 4)
        // Stopped twice on the way.
        for limit in [5, 9] {
          #expect(throws: DrawnSource.Stopped.self) {
            try Extraction(plan: plan, source: DrawnSource(failAfter: limit), threads: 2)
              .run(into: place + "/store")
          }
        }
        let summary = try Extraction(plan: plan, source: DrawnSource(), threads: 2).run(
          into: place + "/store")
        #expect(summary.resumed > 0)
        #expect(summary.skipped.map(\.code) == ["image.truncated", "image.truncated"])
        #expect(try Self.tensors(place + "/store") == expected)
        let entries = try FileManager.default.contentsOfDirectory(atPath: place + "/store")
        #expect(!entries.contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".jpg") || $0.hasSuffix(".png") })
      }
      let rows = images.splits.flatMap { split in
        zip(split.files, split.labels).map { "\"images/\($0)\",\(split.name),\(images.classes[$1])" }
      }
      let list = try Self.write(["\u{FEFF}path,split,Label"] + rows + [""], "list.csv", in: folder)
      let source = try SampleSources.open(SampleRequest([], list: list))
      let plan = try ExtractionPlan(
        samples: source, source: DrawnSource(), model: DrawnSource.model(),
        preprocessing: DrawnSource.preprocessing, dtype: .f16, filesPerShard: 4)
      _ = try Extraction(plan: plan, source: DrawnSource(), threads: 2).run(into: folder + "/listed")
      #expect(try Self.tensors(folder + "/listed") == expected)
    }
  }

  @Test func masksFromFoldersArchivesAndLists() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder, broken: true)
      try DrawnScenes.extract(scenes, to: folder + "/folders", dtype: .int8)
      let expected = try Self.tensors(folder + "/folders")
      let splits = try Self.pack(scenes, size: 3, in: folder) { split, i, key in
        let number = scenes.splits.firstIndex(of: split) ?? 0
        return [("\(key).seg.png", try scenes.mask(i, of: number))]
      }
      let rows = scenes.splits.flatMap { split in
        zip(split.files, split.masks).map { "scenes/\($0)\tscenes/\($1)\t\(split.name)\tx" }
      }
      let list = try Self.write(["path\tmask\tsplit\tcamera"] + rows, "list.tsv", in: folder)
      let names = scenes.path + "/classes.txt"
      for (number, request) in [
        SampleRequest([], classes: names, splits: splits), SampleRequest([], classes: names, list: list),
      ].enumerated() {
        let source = try SampleSources.open(request)
        #expect(source.task == .segmentation && source.classes == DrawnScenes.classes)
        #expect(source.notes == (number == 0 ? [] : ["the list's columns 'camera' are not used"]))
        let plan = try ExtractionPlan(
          samples: source, annotations: .init(views: .init(count: 3, seed: 11)), source: DrawnMaps(),
          model: DrawnSource.model(), preprocessing: DrawnMaps.preprocessing, dtype: .int8, filesPerShard: 4)
        _ = try Extraction(plan: plan, source: DrawnMaps(), threads: 2).run(into: folder + "/\(number)")
        #expect(try Self.tensors(folder + "/\(number)") == expected)
      }
    }
  }

  @Test func aShardThatChangesEndsTheExtraction() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let splits = try Self.pack(images, size: 100, in: folder) {
        [("\($2).cls", Array(images.classes[$0.labels[$1]].utf8))]
      }
      let source = try SampleSources.open(SampleRequest([], splits: splits))
      let path = folder + "/train-00.tar"
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try whole.dropLast(512).write(to: URL(fileURLWithPath: path))
      let plan = try ExtractionPlan(
        samples: source, source: DrawnSource(), model: DrawnSource.model(),
        preprocessing: DrawnSource.preprocessing, dtype: .f32, filesPerShard: 4)
      let extraction = Extraction(plan: plan, source: DrawnSource(), threads: 1)
      let error = #expect(throws: MISTError.self) { try extraction.run(into: folder + "/store") }
      #expect(error?.code == .samplesShardChanged && error?.code.exit == .io && error?.file == path)
      try whole.write(to: URL(fileURLWithPath: path))
      #expect(try extraction.run(into: folder + "/store").processed == plan.count)
    }
  }

  @Test func keysAreNamesUpToTheFirstDot() {
    func key(_ name: String) -> [String] { TarShard.split(name).map { [$0.key, $0.suffix] } ?? [] }
    #expect(key("a/b.c/d.seg.PNG") == ["a/b.c/d", "seg.png"])
    #expect(key("0001.jpg") == ["0001", "jpg"] && key("./x.cls") == ["./x", "cls"])
    #expect(key("folder.d/plain") == [] && key("a/.hidden.jpg") == [] && key("a.") == ["a", ""])
  }

  @Test func bracesExpandAsInAShell() throws {
    #expect(try BraceExpansion.expand("a.tar") == ["a.tar"])
    #expect(try BraceExpansion.expand("d-{08..11}.tar") == ["d-08.tar", "d-09.tar", "d-10.tar", "d-11.tar"])
    #expect(try BraceExpansion.expand("{9..10}") == ["9", "10"])
    #expect(try BraceExpansion.expand("{a,b}/{0..1}.tar") == ["a/0.tar", "a/1.tar", "b/0.tar", "b/1.tar"])
    for bad in [
      "{", "a}", "{1..}", "{2..1}", "{a..c}", "{1..3..2}", "{{1..2}}", "{}", "{0..100000}",
      "{1..999}{1..999}",
    ] {
      let error = #expect(throws: MISTError.self, "\(bad)") { try BraceExpansion.expand(bad) }
      #expect(error?.code == .usage)
    }
  }

  @Test func shardsAreNamedBelowTheirCommonFolder() throws {
    #expect(try TarSamples.names(["/x/y/0.tar", "/x/y/1.tar"]) == ["0.tar", "1.tar"])
    #expect(try TarSamples.names(["d/a/0.tar", "d/b/0.tar"]) == ["a/0.tar", "b/0.tar"])
    #expect(try TarSamples.names(["0.tar"]) == ["0.tar"])
    let error = #expect(throws: MISTError.self) { try TarSamples.names(["0.tar", "0.tar"]) }
    #expect(error?.code == .samplesSameShard)
  }
}
