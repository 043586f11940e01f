import MISTFormats
import MISTModels
import TestSupport
import Testing

/// Every source tensor is mapped or ignored by name, every destination filled exactly once.
@Suite struct CoverageTests {
  @Test("Each tensor renamed, one at a time", arguments: ViTFixture.all)
  func renamed(_ fixture: ViTFixture) throws {
    let archive = try fixture.archive()
    let ignored = try Conversion(ModelSource(archive: archive), options: bareOptions()).plan.ignored.map(
      \.tensor)
    for tensor in archive.tensors where !ignored.contains(tensor) && !tensor.name.contains(/\.[01]\./) {
      let wrong = tensor.name + "_x"
      let error = planError(archive.renaming(tensor.name, to: wrong))
      #expect(
        error.map { "\($0)".contains(tensor.name) } == true, "\(tensor.name): \(error.map { "\($0)" } ?? "-")"
      )
    }
  }

  @Test("Each tensor missing, one at a time", arguments: ViTFixture.all)
  func missing(_ fixture: ViTFixture) throws {
    let archive = try fixture.archive()
    let ignored = try Conversion(ModelSource(archive: archive), options: bareOptions()).plan.ignored.map(
      \.tensor)
    // Without its registers a model is another valid model, and only a configuration beside it can tell.
    for tensor in archive.tensors
    where !ignored.contains(tensor) && !tensor.name.contains("reg") && !tensor.name.contains(/\.[01]\./) {
      let error = planError(archive.dropping(tensor.name))
      #expect(
        error.map { "\($0)".contains(tensor.name) } == true, "\(tensor.name): \(error.map { "\($0)" } ?? "-")"
      )
    }
  }

  @Test func codesAndNearestNames() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    let renamed = planError(archive.renaming("blocks.1.norm2.bias", to: "blocks.1.norm2.bais"))
    #expect(renamed?.code == .convertUnmappedTensor)
    #expect(renamed.map { "\($0)" }?.contains("nearest is 'blocks.1.norm2.bias', which is missing") == true)

    let missing = planError(archive.dropping("blocks.2.attn.qkv.weight"))
    #expect(missing?.code == .convertMissingTensor)
    #expect(missing?.place == "tensor 'blocks.2.attn.qkv.weight'")

    let extra = planError(archive.adding("blocks.0.gate", as: "norm.bias"))
    #expect(extra?.code == .convertUnmappedTensor)
    #expect(extra?.place == "tensor 'blocks.0.gate'")
    // Blocks that nothing else belongs to are missing, not invented.
    #expect(planError(archive.adding("blocks.3.norm1.bias", as: "norm.bias"))?.code == .convertMissingTensor)

    let shape = planError(archive.dropping("norm.bias").adding("norm.bias", as: "norm.weight", shape: [25]))
    #expect(shape?.code == .convertShapeMismatch)
    let integer = planError(archive.dropping("norm.bias").adding("norm.bias", as: "norm.weight", dtype: .i32))
    #expect(integer?.code == .convertWrongDType)
  }

  @Test func aMatrixOfTheRightSizeButTurnedIsRefused() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    let name = "blocks.0.attn.qkv.weight"
    let error = planError(
      archive.dropping(name).adding(name, as: "blocks.1.attn.qkv.weight", shape: [24, 72]))
    #expect(error?.code == .convertShapeMismatch)
  }

  @Test func headsAreIgnoredByNameOnly() throws {
    let pooled = try Conversion(ModelSource(path: ViTFixture.named("hf-vit").path)).plan
    #expect(pooled.ignored.map(\.tensor.name).sorted() == ["pooler.dense.bias", "pooler.dense.weight"])
    let archive = try ViTFixture.named("timm-vit").archive()
    let renamed = planError(archive.renaming("head.weight", to: "head2.weight"))
    #expect(renamed?.code == .convertMissingTensor && renamed?.place?.contains("head.weight") == true)
  }

  @Test func globsLeaveTensorsOut() throws {
    let archive = try ViTFixture.named("timm-vit").archive().adding("neck.conv.weight", as: "norm.bias")
    #expect(planError(archive)?.code == .convertUnmappedTensor)
    var options = bareOptions()
    options.ignore = ["neck.*"]
    let plan = try Conversion(ModelSource(archive: archive), options: options).plan
    #expect(plan.ignored.contains { $0.tensor.name == "neck.conv.weight" && $0.pattern == "--ignore neck.*" })
  }

  @Test func foreignFilesAreNotForced() throws {
    let archive = try ViTFixture.named("timm-vit").archive().renamingAll {
      "layer_\($0.count)_" + $0.uppercased()
    }
    let error = planError(archive)
    #expect(error?.code == .convertUnknownConvention)
    #expect(error.map { "\($0)" }?.contains("huggingface-dinov2") == true)
  }
}
