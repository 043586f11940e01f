import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// NVlabs' and mmsegmentation's files of the weights that transformers' files have.
@Suite struct SegFormerProjectsTests {
  /// Tensors of a converted fixture that `names` keeps, with their bytes.
  private func tensors(
    _ fixture: SegFormerFixture, _ isWanted: (String) -> Bool = { _ in true }
  ) throws -> [TensorInfo: [UInt8]] {
    try convert(ModelSource(path: fixture.path), fixture.options) { checkpoint in
      let wanted = checkpoint.archive.tensors.filter { isWanted($0.name) }
      return try Dictionary(uniqueKeysWithValues: wanted.map { ($0, try checkpoint.archive.bytes($0.name)) })
    }
  }

  @Test func oneSetOfWeightsGivesTheSameTensors() throws {
    // The decode head of NVlabs is transformers' too.
    #expect(try tensors(.nvlabs) == tensors(.hub))
    let isEncoders = { (name: String) in name.hasPrefix("stages.") }
    let encoder = try tensors(.hub, isEncoders)
    #expect(try tensors(.mmseg, isEncoders) == encoder && encoder.count > 100)
    #expect(try tensors(.nvlabsImageNet, isEncoders) == tensors(.encoder))
    #expect(try tensors(.mmsegImageNet) == tensors(.encoder))
  }

  @Test func epsilonsAreThoseOfTheProject() throws {
    func plan(_ fixture: SegFormerFixture) throws -> ConversionPlan {
      try Conversion(ModelSource(path: fixture.path), options: fixture.options).plan
    }
    for fixture in [SegFormerFixture.nvlabs, .nvlabsImageNet] {
      let plan = try plan(fixture)
      let e = try plan.segformer.epsilon
      #expect(e.block == 1e-6 && e.stage == 1e-6 && e.patch == 1e-5 && e.reduction == 1e-5)
      #expect(
        plan.assumptions.contains {
          $0.hasPrefix("LayerNorm epsilons of 1e-06 in blocks, 1e-05 after patch embeddings")
        })
    }
    for fixture in [SegFormerFixture.mmseg, .mmsegImageNet] {
      let plan = try plan(fixture)
      #expect(try plan.segformer.epsilon == .init(all: 1e-6))
      #expect(plan.assumptions.contains { $0.hasPrefix("a LayerNorm epsilon of 1e-06") })
    }
    for fixture in [SegFormerFixture.nvlabs, .mmseg] {
      #expect(try plan(fixture).segformer.decodeHead?.batchNormEpsilon == 1e-5)
    }
    var options = SegFormerFixture.nvlabs.bare
    options.epsilon = 1e-3
    let said = try Conversion(ModelSource(path: SegFormerFixture.nvlabs.path), options: options).plan
    #expect(try said.segformer.epsilon == .init(all: 1e-3))
  }

  @Test func whatIsLeftOut() throws {
    func left(_ fixture: SegFormerFixture) throws -> [String] {
      try Conversion(ModelSource(path: fixture.path), options: fixture.options).plan.ignored
        .map(\.tensor.name).sorted()
    }
    #expect(
      try left(.nvlabs) == [
        "decode_head.conv_seg.bias", "decode_head.conv_seg.weight",
        "decode_head.linear_fuse.bn.num_batches_tracked",
      ])
    #expect(try left(.nvlabsImageNet).isEmpty)
    #expect(
      try left(.mmseg)
        == (0...3).map { "decode_head.convs.\($0).bn.num_batches_tracked" }
        + ["decode_head.fusion_conv.bn.num_batches_tracked"])
    #expect(try left(.mmsegImageNet).isEmpty)
  }

  /// Queries are the first third of the joint matrix, keys and values the rest.
  @Test func partsOfTheJointMatrix() throws {
    let fixture = SegFormerFixture.mmseg
    let archive = try fixture.archive()
    let (q, kv) = try convert(ModelSource(path: fixture.path), fixture.options) {
      (
        try $0.floats("stages.1.blocks.1.attn.q.weight", shape: [8, 8]),
        try $0.floats("stages.1.blocks.1.attn.kv.weight", shape: [16, 8])
      )
    }
    #expect(try q + kv == archive.floats("backbone.layers.1.1.1.attn.attn.in_proj_weight"))
    let hub = try SegFormerFixture.hub.archive()
    #expect(try q == hub.floats("segformer.encoder.block.1.1.attention.self.query.weight"))
  }

  /// A tensor that is made of two can have only one type.
  @Test func partsOfDifferentTypesAreNotJoined() throws {
    let fixture = SegFormerFixture.mmseg
    try Fixture.withTemporaryFolder { folder in
      let name = "backbone.layers.0.1.0.attn.attn.in_proj_bias"
      let half = folder + "/half.safetensors"
      var options = fixture.bare
      options.dtype = .f16
      try Conversion(ModelSource(path: fixture.path), options: options).run(to: half)
      let foreign = folder + "/foreign.safetensors"
      try Conversion.export(
        CanonicalCheckpoint.open(half), to: .mmsegSegFormer, prefix: "backbone.", path: foreign)
      #expect(try SafetensorsArchive(path: foreign).info(name)?.dtype == .f16)

      let checkpoint = try CanonicalCheckpoint.open(half)
      let bias = "stages.0.blocks.0.attn.q.bias"
      let mixed = EditedArchive(checkpoint.archive).dropping(bias)
        .adding(bias, as: "stages.0.blocks.0.attn.kv.bias", shape: [4], dtype: .bf16)
      let error = #expect(throws: MISTError.self) {
        try Conversion.export(
          CanonicalCheckpoint(
            archive: mixed, configuration: checkpoint.configuration,
            preprocessing: checkpoint.preprocessing),
          to: .mmsegSegFormer, prefix: "backbone.", path: folder + "/mixed.safetensors")
      }
      #expect(error?.code == .convertUnsupportedModel && error?.place == "tensor '\(name)'")
    }
  }

  /// The two kinds of decode head are different functions: neither project's names can carry the other's.
  @Test func headsDoNotChangeProjects() throws {
    for (fixture, convention) in [
      (SegFormerFixture.mmseg, Convention.nvlabsSegFormer), (.nvlabs, .mmsegSegFormer),
      (.mmseg, .huggingFaceSegFormer),
    ] {
      try convert(ModelSource(path: fixture.path), fixture.options) { checkpoint in
        let error = #expect(throws: MISTError.self) {
          try Fixture.withTemporaryFolder {
            try Conversion.export(checkpoint, to: convention, path: $0 + "/model.safetensors")
          }
        }
        #expect(error?.code == .convertUnsupportedModel)
      }
    }
  }

  @Test func aStageZeroIsAStranger() throws {
    let fixture = SegFormerFixture.nvlabs
    let archive = try fixture.archive().renamingAll {
      $0.replacing("patch_embed1.norm.bias", with: "patch_embed0.norm.bias")
    }
    let error = fixture.planError(archive)
    #expect(error?.code == .convertUnmappedTensor)
    #expect(error?.place == "tensor 'backbone.patch_embed0.norm.bias'")
    #expect(error?.problem.contains("'backbone.patch_embed1.norm.bias', which is missing") == true)
  }
}
