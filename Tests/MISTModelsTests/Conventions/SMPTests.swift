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

  @Test func theConfigurationBesideItIsRead() throws {
    func plan(_ config: String) throws -> ConversionPlan {
      let source = try ModelSource(
        archive: fixture.archive(), config: Array(config.utf8), preprocessor: Array("{}".utf8))
      return try Conversion(source, options: fixture.bare).plan
    }
    let config = """
      {"_model_class": "Segformer", "activation": null, "aux_params": null, "classes": 5, "encoder_depth": 5,
       "decoder_segmentation_channels": 6, "encoder_name": "mit_b0", "encoder_weights": null, "in_channels": 3,
       "upsampling": 4}
      """
    #expect(try plan(config).segformer.decodeHead?.classes == 5)
    for (old, new, code) in [
      ("\"classes\": 5", "\"classes\": 7", ErrorCode.convertConfigurationMismatch),
      ("channels\": 6", "channels\": 8", .convertConfigurationMismatch),
      ("mit_b0", "resnet34", .convertUnsupportedModel),
      ("in_channels\": 3", "in_channels\": 4", .convertUnsupportedModel),
    ] {
      let error = #expect(throws: MISTError.self) { _ = try plan(config.replacing(old, with: new)) }
      #expect(error?.code == code, "\(new)")
    }
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
