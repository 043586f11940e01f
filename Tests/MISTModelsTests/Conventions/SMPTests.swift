import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// segmentation_models_pytorch's Segformer: NVlabs' encoder, a decode head of its own names.
@Suite struct SMPTests {
  private let fixture = SegFormerFixture.smp

  @Test func levelsAreCountedFromTheLast() throws {
    let archive = try fixture.archive()
    try convert(ModelSource(path: fixture.path), fixture.options) { checkpoint in
      for (level, channels) in [4, 8, 12, 16].enumerated() {
        let values = try checkpoint.floats("decode_head.linear.\(level).weight", shape: [6, channels])
        #expect(try values == archive.floats("decoder.mlp_stage.\(3 - level).linear.weight"))
      }
    }
  }

  @Test func whatIsAssumedOfTheProject() throws {
    let plan = try Conversion(ModelSource(path: fixture.path), options: fixture.options).plan
    let e = try plan.segformer.epsilon
    #expect(e.block == 1e-6 && e.stage == 1e-6 && e.patch == 1e-5 && e.reduction == 1e-5)
    #expect(plan.assumptions.contains { $0.contains("aligns corners") })
  }

  /// An encoder alone is NVlabs' and says so; the head that the user leaves out still shows the project.
  @Test func theEncoderAlone() throws {
    func isHeads(_ name: String) -> Bool { !name.hasPrefix("encoder.") }
    var archive = try fixture.archive()
    for tensor in archive.tensors where isHeads(tensor.name) { archive = archive.dropping(tensor.name) }
    let alone = try Conversion(ModelSource(archive: archive), options: fixture.bare).plan
    #expect(try alone.convention == "nvlabs-segformer" && alone.segformer.decodeHead == nil)
    var options = fixture.bare
    options.ignore = ["decoder.*", "segmentation_head.*"]
    let left = try Conversion(ModelSource(archive: fixture.archive()), options: options).plan
    #expect(try left.convention == "smp-segformer" && left.segformer == alone.segformer)
  }

  @Test func theHeadFoldsFromItsFile() throws {
    let whole = try fixture.archive()
    let converted = try convert(ModelSource(path: fixture.path), fixture.options) { try MergedDecodeHead($0) }
    #expect(try MergedDecodeHead(archive: whole) == converted)
    #expect(try MergedDecodeHead(archive: whole.renamingAll { "model." + $0 }) == converted)
    let stranger = whole.adding("decoder.gate.weight", as: "decoder.fuse_stage.1.bias")
    let error = #expect(throws: MISTError.self) { _ = try MergedDecodeHead(archive: stranger) }
    #expect(error?.code == .convertUnmappedTensor)
  }

  @Test func namesGoBothWays() throws {
    try Fixture.withTemporaryFolder { folder in
      let (canonical, foreign) = (folder + "/canonical.safetensors", folder + "/foreign.safetensors")
      try Conversion(ModelSource(path: fixture.path), options: fixture.options).run(to: canonical)
      try Conversion.export(
        CanonicalCheckpoint.open(canonical), to: .smpSegFormer, prefix: "encoder.", path: foreign)
      let (source, result) = (try fixture.archive(), try SafetensorsArchive(path: foreign))
      #expect(result.tensors.count == source.tensors.count - 1)
      for tensor in result.tensors { #expect(try result.bytes(tensor.name) == source.bytes(tensor.name)) }
    }
  }
}
