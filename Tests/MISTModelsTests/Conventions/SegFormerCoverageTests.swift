import MISTFormats
import MISTModels
import TestSupport
import Testing

/// Every source tensor is mapped or left out by name, every destination filled exactly once.
@Suite struct SegFormerCoverageTests {
  private static let fixtures = [SegFormerFixture.small, .modules, .smallNVlabs, .smallMMSeg, .smp]

  /// The archive, and its tensors that are not left out: all of the small one, the first stage and decode head of others.
  private func own(_ fixture: SegFormerFixture) throws -> (EditedArchive, [TensorInfo]) {
    let archive = try fixture.archive()
    let plan = try Conversion(ModelSource(archive: archive), options: fixture.bare).plan
    let left = Set(plan.ignored.map(\.tensor))
    let isSmall = fixture.folder.contains("valid-")
    return (
      archive, archive.tensors.filter { !left.contains($0) && (isSmall || !$0.name.contains(/\.[1-9]\d*\./)) }
    )
  }

  @Test("Each tensor renamed, one at a time", arguments: Self.fixtures)
  func renamed(_ fixture: SegFormerFixture) throws {
    let (archive, tensors) = try own(fixture)
    for tensor in tensors {
      let error = fixture.planError(archive.renaming(tensor.name, to: tensor.name + "_x"))
      #expect(
        error.map { "\($0)".contains(tensor.name) } == true, "\(tensor.name): \(error.map { "\($0)" } ?? "-")"
      )
    }
  }

  @Test("Each tensor missing, one at a time", arguments: Self.fixtures)
  func missing(_ fixture: SegFormerFixture) throws {
    let (archive, tensors) = try own(fixture)
    for tensor in tensors {
      let error = fixture.planError(archive.dropping(tensor.name))
      #expect(error?.code == .convertMissingTensor, "\(tensor.name): \(error.map { "\($0)" } ?? "-")")
      #expect(error?.place == "tensor '\(tensor.name)'")
    }
  }

  @Test("Each shape changed, one at a time", arguments: [SegFormerFixture.small, .smallNVlabs, .smallMMSeg])
  func otherShapes(_ fixture: SegFormerFixture) throws {
    let (archive, tensors) = try own(fixture)
    for tensor in tensors {
      let other =
        Array(tensor.shape.reversed()) == tensor.shape ? tensor.shape.map { $0 + 1 } : tensor.shape.reversed()
      let edited = archive.dropping(tensor.name).adding(tensor.name, as: tensor.name, shape: other)
      let error = fixture.planError(edited)
      // What sets a size moves the blame to the tensors that go by it.
      #expect(
        [.convertShapeMismatch, .convertConfigurationMismatch].contains(error?.code),
        "\(tensor.name) \(other)")
    }
  }

  @Test func hostileShapes() throws {
    let fixture = SegFormerFixture.hub
    let archive = try fixture.archive()
    let huge = 1 << 62
    for name in [
      "segformer.encoder.patch_embeddings.0.proj.weight",
      "segformer.encoder.block.0.0.attention.self.sr.weight",
      "segformer.encoder.block.1.0.mlp.dense1.weight", "decode_head.linear_fuse.weight",
      "decode_head.classifier.weight", "decode_head.linear_c.3.proj.weight",
    ] {
      for shape in [[], [0], [huge, 0], [0, 0, huge, huge], [4, 3, 0, 0], [huge, 3, 0, 0], [0, 0, 1, 1]] {
        #expect(
          fixture.planError(archive.dropping(name).adding(name, as: name, shape: shape)) != nil,
          "\(name) \(shape)")
      }
    }
  }

  @Test func strangersAndNearestNames() throws {
    let fixture = SegFormerFixture.hub
    let archive = try fixture.archive()
    let bias = "segformer.encoder.block.1.0.layer_norm_2.bias"
    let renamed = fixture.planError(
      archive.renaming(bias, to: "segformer.encoder.block.1.0.layer_norm_2.bais"))
    #expect(renamed?.code == .convertUnmappedTensor)
    #expect(renamed?.problem.contains("nearest is '\(bias)', which is missing") == true)
    for stranger in [
      "segformer.encoder.block.0.0.gate", "decode_head.linear_c.4.proj.bias", "decode_head.conv_seg.weight",
      "segformer.decode_head.classifier.bias", "model.decode_head.classifier.bias",
      "decode_head.batch_norm.scale",
    ] {
      let error = fixture.planError(archive.adding(stranger, as: bias))
      #expect(error?.code == .convertUnmappedTensor && error?.place == "tensor '\(stranger)'", "\(stranger)")
    }
    // A block or stage that nothing else belongs to is missing, not invented.
    for name in [
      "segformer.encoder.block.3.9.layer_norm_1.bias", "segformer.encoder.layer_norm.4.bias",
      "segformer.encoder.block.3.0.attention.self.sr.bias",
    ] {
      let error = fixture.planError(archive.adding(name, as: bias, shape: [24]))
      #expect(error?.code == .convertMissingTensor, "\(name)")
    }
    let integer = fixture.planError(archive.dropping(bias).adding(bias, as: bias, shape: [8], dtype: .i32))
    #expect(integer?.code == .convertWrongDType)
  }
}
