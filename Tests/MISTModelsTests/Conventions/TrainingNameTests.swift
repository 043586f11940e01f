import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// What training puts into names, and files with more than the model.
@Suite struct TrainingNameTests {
  @Test func wrappersAndChunksAreTakenOut() {
    let block = "blocks.3.attn.qkv.weight"
    for wrapped in [
      "blocks.3._orig_mod.attn.qkv.weight",
      "blocks.3._fsdp_wrapped_module._checkpoint_wrapped_module.attn.qkv.weight",
      "blocks.3.attn.module.qkv.weight", "_orig_mod.blocks.3.attn.qkv.weight", "blocks.1.3.attn.qkv.weight",
      "blocks.1._fsdp_wrapped_module.3._fpw_module.attn.qkv.weight",
    ] {
      #expect(TrainingName.plain(wrapped) == block, "\(wrapped)")
    }
    // The last component is the parameter's own, and numbers elsewhere belong to their modules.
    for own in [
      block, "module", "layers.0.1.2.attn.sr.weight", "blocks.0.1", "blocks.x.1.norm.bias", "head.module",
    ] {
      #expect(TrainingName.plain(own) == own)
    }
  }

  @Test func thePrefixIsFoundWhereTheAnchorIsWrapped() {
    func front(_ name: String, _ anchor: String) -> String? {
      PrefixStack(of: name, before: anchor, isWrapped: true)?.text
    }
    #expect(front("model.patch_embed._orig_mod.proj.weight", "patch_embed.proj.weight") == "model.")
    #expect(front("module.norm.module.weight", "norm.weight") == "module.")
    #expect(front("module.cls_token", "cls_token") == "module.")
    #expect(front("decoder_norm.weight", "norm.weight") == nil)
    #expect(front("my.tower.cls_token", "cls_token") == nil)
    #expect(
      PrefixStack(of: "my.tower.cls_token", before: "cls_token", isWrapped: false, any: true)?.text
        == "my.tower.")
  }

  @Test("The same model under every wrapper", arguments: ["compiled", "checkpointed", "fsdp"])
  func wrapped(_ name: String) throws {
    let path = Fixture.path("vit-sources/wrapped/")
    func hash(_ name: String) throws -> String {
      let archive = EditedArchive(try SafetensorsArchive(path: path + name + ".safetensors"))
      return try convert(ModelSource(archive: archive), bareOptions()) { try $0.modelHash() }
    }
    let archive = EditedArchive(try SafetensorsArchive(path: path + "compiled.safetensors"))
      .renamingAll { $0.replacing("_orig_mod.", with: "") }
    let own = try convert(ModelSource(archive: archive), bareOptions()) { try $0.modelHash() }
    #expect(try hash(name) == own)
  }

  @Test func oneNameTwiceIsRefused() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    for twin in ["blocks.1._orig_mod.norm2.bias", "blocks.0.1.norm2.bias"] {
      let error = planError(archive.adding(twin, as: "blocks.1.norm2.bias"))
      #expect(error?.code == .convertDuplicateName)
      #expect(error?.place == "tensor '\(twin)'")
      #expect(error?.description.contains("'blocks.1.norm2.bias'") == true)
    }
  }

  @Test(
    arguments: [
      (
        "dino.pth", ErrorCode.convertAmbiguousConvention, "'student.module.backbone.' and 'teacher.backbone.'"
      ),
      ("moco.pth", .convertUnknownConvention, "'module.base_encoder.' and 'module.momentum_encoder.'"),
    ])
  func severalNetworksAreListed(_ file: String, _ code: ErrorCode, _ prefixes: String) throws {
    let archive = try PyTorchArchive(path: Fixture.path("vit-sources/two-networks/" + file))
    let error = planError(archive)
    #expect(error?.code == code)
    #expect(error?.problem.contains("below \(prefixes) they are each one, of convention timm") == true)
    // A prefix that leads nowhere gets the same answer.
    var options = bareOptions()
    options.prefix = "teacher"
    #expect(planError(archive, options)?.problem.contains(prefixes) == true)
  }

  @Test func whatLiesOutsideAChosenPrefixIsListed() throws {
    let archive = try PyTorchArchive(path: Fixture.path("vit-sources/two-networks/dino.pth"))
    var options = bareOptions()
    options.prefix = "teacher.backbone."
    let plan = try Conversion(ModelSource(archive: archive), options: options).plan
    let patterns = Dictionary(grouping: plan.ignored, by: \.pattern).mapValues(\.count)
    #expect(patterns["head.mlp.*"] == 2 && patterns["head.last_layer*"] == 2)
    // The student, its head, and the loss's centre.
    #expect(patterns["outside --prefix teacher.backbone."] == plan.steps.count + 4 + 1)
  }

  /// A chosen prefix leaves out other networks, and no part of this one.
  @Test func aGapIsNotLeftOutside() throws {
    let archive = try ViTFixture.named("timm-dinov2-reg").archive()
      .renamingAll { $0 == "reg_token" ? "net." + $0 : "net.tower." + $0 }
    var options = bareOptions()
    options.prefix = "net.tower."
    let error = planError(archive, options)
    #expect(error?.code == .convertUnmappedTensor && error?.place == "tensor 'net.reg_token'")
  }

  @Test func strangersElsewhereSuggestThePrefix() throws {
    let archive = try ViTFixture.named("timm-vit").archive().renamingAll { "model." + $0 }
      .adding("criterion.weight", as: "norm.bias")
    let error = planError(archive)
    #expect(error?.code == .convertUnmappedTensor && error?.advice?.contains("--prefix 'model.'") == true)
    var options = bareOptions()
    options.prefix = "model."
    #expect(try Conversion(ModelSource(archive: archive), options: options).plan.ignored.count == 1)
  }

  /// What the user leaves out still says whose file it is.
  @Test func leavingOutIsNoQuestionOfConvention() throws {
    let archive = try PyTorchArchive(path: Fixture.path("vit-sources/mae/checkpoint.pth"))
    for globs in [[], ["decoder*"], ["decoder*", "mask_token"], ["mask_token"]] {
      var options = bareOptions()
      options.ignore = globs
      #expect(try Conversion(ModelSource(archive: archive), options: options).plan.convention == "mae")
    }
  }

  @Test func aModelWithoutClassTokenIsBelievedWhereItsPositionsShowIt() throws {
    let plan = try Conversion(ModelSource(path: ViTFixture.named("../vit-sources/siglip-gap").path)).plan
    let c = try plan.vit
    #expect(!c.classToken && !c.classPosition && c.classifier?.input == .mean)
    #expect(plan.assumptions.contains { $0.contains("no class token") })
    let archive = try ViTFixture.named("timm-vit").archive().dropping("cls_token")
    #expect(planError(archive)?.place == "tensor 'cls_token'")
  }

  @Test func stagesCountedFromTheLast() {
    let pattern = "decoder.mlp_stage.{3-s}.linear.bias"
    #expect(NamePattern.bind(pattern, to: "decoder.mlp_stage.0.linear.bias") == NameIndex(stage: 3))
    #expect(NamePattern.bind(pattern, to: "decoder.mlp_stage.4.linear.bias") == nil)
    #expect(NamePattern.name(pattern, at: NameIndex(stage: 1)) == "decoder.mlp_stage.2.linear.bias")
    #expect(NamePattern.skeleton(pattern) == NamePattern.skeleton("decoder.mlp_stage.0.linear.bias"))
  }
}
