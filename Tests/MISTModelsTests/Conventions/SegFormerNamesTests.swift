import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct SegFormerNamesTests {
  @Test(arguments: SegFormerFixture.all + SegFormerFixture.others) func recognition(
    _ fixture: SegFormerFixture
  ) throws {
    for wrapper in ["", "module.", "model.module."] {
      let found = try Recognition(fixture.archive().renamingAll { wrapper + $0 })
      #expect(found.convention.name == fixture.convention)
      #expect(found.prefix.text == wrapper + fixture.prefix)
      #expect(found.reading.unmapped.isEmpty)
      #expect(found.reading.score == 1)
    }
  }

  @Test(
    "Foreign to canonical to foreign gives the same bytes",
    arguments: SegFormerFixture.all + SegFormerFixture.others)
  func bothDirections(_ fixture: SegFormerFixture) throws {
    try Fixture.withTemporaryFolder { folder in
      let (canonical, foreign) = (folder + "/canonical.safetensors", folder + "/foreign.safetensors")
      let conversion = try Conversion(ModelSource(path: fixture.path), options: fixture.options)
      try conversion.run(to: canonical)
      try Conversion.export(
        CanonicalCheckpoint.open(canonical), to: #require(Convention.named(fixture.convention)),
        prefix: fixture.prefix, path: foreign)
      let (source, result) = (try fixture.archive(), try SafetensorsArchive(path: foreign))
      let left = Set(conversion.plan.ignored.map(\.tensor))
      #expect(Set(result.tensors) == Set(source.tensors).subtracting(left))
      #expect(result.tensors.count + left.count == source.tensors.count)
      for tensor in result.tensors {
        #expect(try source.bytes(tensor.name) == result.bytes(tensor.name), "\(tensor.name)")
      }
      // And from there to canonical again, byte for byte.
      let again = folder + "/again.safetensors"
      for name in fixture.hasConfig ? ["config.json", "preprocessor_config.json"] : [] {
        try FileManager.default.copyItem(atPath: fixture.path + "/" + name, toPath: folder + "/" + name)
      }
      try Conversion(ModelSource(path: foreign), options: fixture.options).run(to: again)
      let (a, b) = (try SafetensorsArchive(path: canonical), try SafetensorsArchive(path: again))
      #expect(a.tensors == b.tensors)
      for tensor in a.tensors { #expect(try a.bytes(tensor.name) == b.bytes(tensor.name)) }
    }
  }

  @Test func bothNamingsOfOneModelAgree() throws {
    let read: (SegFormerFixture) throws -> (String, ModelConfiguration, [String]?) = { fixture in
      try convert(ModelSource(path: fixture.path)) { (try $0.modelHash(), $0.configuration, $0.classNames) }
    }
    let (a, b) = (try read(.hub), try read(.modules))
    #expect(a == b)
    // Features depend on the encoder alone.
    let bare = try SegFormerFixture.hub.archive().tensors.filter { $0.name.hasPrefix("decode_head.") }
    var encoder = try SegFormerFixture.hub.archive()
    for tensor in bare { encoder = encoder.dropping(tensor.name) }
    let hash = try convert(ModelSource(archive: encoder), SegFormerFixture.hub.bare) {
      (try $0.modelHash(), try $0.segformer.decodeHead)
    }
    #expect(hash.0 == a.0 && hash.1 == nil)
  }

  @Test func keysComeBeforeValues() throws {
    let archive = try SegFormerFixture.hub.archive()
    let p = "segformer.encoder.block.1.1.attention.self."
    let parts = try ["key", "value"].flatMap { try archive.floats(p + $0 + ".weight") }
    let fused = try convert(ModelSource(path: SegFormerFixture.hub.path)) {
      try $0.floats("stages.1.blocks.1.attn.kv.weight", shape: [16, 8])
    }
    #expect(fused == parts)
  }

  @Test func everyTableNamesEachCanonicalTensorOnce() throws {
    for convention in Convention.all {
      guard let defaults = convention.family as? Convention.SegFormerDefaults else { continue }
      for batchNorm in [true, false] {
        var c = try Conversion(ModelSource(path: SegFormerFixture.hub.path)).plan.segformer
        c.decodeHead?.batchNorm = batchNorm
        c.decodeHead?.kind = defaults.head
        let table = NameTable(canonical: convention)
        var used: Set<Int> = []
        for (name, _) in c.tensors {
          let matches = table.matches(name).filter {
            c.holds(convention.rows[$0.entry.row].presence, at: $0.index)
          }
          #expect(matches.count == 1, "\(convention.name) \(name)")
          used.formUnion(matches.map(\.entry.row))
        }
        #expect(
          used.count
            == convention.rows.count {
              ![.classifier, batchNorm ? .foldedBatchNorm : .batchNorm].contains($0.presence)
            })
      }
    }
  }

  @Test func classifiersAreKept() throws {
    let plan = try Conversion(ModelSource(path: SegFormerFixture.classifier.path)).plan
    #expect(plan.ignored.isEmpty)
    #expect(try plan.segformer.classifier == .init(classes: 3, input: .mean))
    #expect(plan.classNames == ["cat", "rocket", "cup"])
    let segmentation = try Conversion(ModelSource(path: SegFormerFixture.hub.path)).plan
    #expect(segmentation.ignored.map(\.tensor.name) == ["decode_head.batch_norm.num_batches_tracked"])
  }
}
