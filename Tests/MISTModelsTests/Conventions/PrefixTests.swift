import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct PrefixTests {
  @Test(
    "Stacks of wrappers",
    arguments: ["module.", "model.", "backbone.", "module.model.backbone.", "_orig_mod.module."])
  func stacks(_ prefix: String) throws {
    for fixture in ViTFixture.all {
      let wrapped = try fixture.archive().renamingAll { prefix + $0 }
      let found = try Recognition(wrapped)
      #expect(found.convention.name == fixture.convention)
      #expect(found.prefix.text == prefix + fixture.prefix)
      _ = try Conversion(ModelSource(archive: wrapped), options: bareOptions())
    }
  }

  @Test func headsBesideAWrappedBackbone() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
      .renamingAll { $0.hasPrefix("head.") ? "module." + $0 : "module.backbone." + $0 }
    let plan = try Conversion(ModelSource(archive: archive), options: bareOptions()).plan
    #expect(plan.prefix == "module.backbone.")
    #expect(plan.ignored.map(\.tensor.name) == ["module.head.bias", "module.head.weight"])
  }

  @Test func otherPrefixesMustBeGiven() throws {
    let archive = try ViTFixture.named("timm-vit").archive().renamingAll { "my.tower." + $0 }
    #expect(planError(archive)?.code == .convertUnknownConvention)
    var options = bareOptions()
    options.prefix = "my.tower"
    #expect(try Conversion(ModelSource(archive: archive), options: options).plan.steps.count > 30)
  }

  /// Self-distillation checkpoints hold two networks of the same names.
  @Test func twoNetworksAreAmbiguous() throws {
    var archive = try ViTFixture.named("timm-vit").archive().renamingAll { "teacher." + $0 }
    for tensor in archive.tensors {
      archive = archive.adding("student." + tensor.name.dropFirst("teacher.".count), as: tensor.name)
    }
    #expect(planError(archive)?.code == .convertAmbiguousConvention)
    var options = bareOptions()
    options.ignore = ["student.*"]
    #expect(try Conversion(ModelSource(archive: archive), options: options).plan.prefix == "teacher.")
  }

  @Test func patternsAreAnchored() {
    #expect(NamePattern.matches("decoder.a.b", glob: "decoder.*"))
    #expect(!NamePattern.matches("my.decoder.a", glob: "decoder.*"))
    #expect(!NamePattern.matches("head.weights", glob: "head.weight"))
    #expect(NamePattern.matches("a.b.a.c", glob: "*a.c"))
    #expect(!NamePattern.matches("a.b", glob: "a.b.*"))
  }

  @Test func numbersAreBoundByPlace() {
    let block = "blocks.{i}.norm1.weight"
    #expect(NamePattern.bind(block, to: "blocks.11.norm1.weight") == NameIndex(block: 11))
    for other in [
      "blocks.01.norm1.weight", "blocks.512.norm1.weight", "blocks.99999999999999999999.norm1.weight",
      "blocks.-1.norm1.weight", "blocks..norm1.weight", "my.blocks.1.norm1.weight", "blocks.1.norm1.weight.x",
    ] {
      #expect(NamePattern.bind(block, to: other) == nil, "\(other)")
    }
    // A number that the pattern has itself is no stage's and no block's.
    let staged = "layers.{s}.1.{i}.attn"
    #expect(NamePattern.bind(staged, to: "layers.3.1.26.attn") == NameIndex(stage: 3, block: 26))
    #expect(NamePattern.bind(staged, to: "layers.3.2.26.attn") == nil)
    #expect(NamePattern.bind(staged, to: "layers.8.1.26.attn") == nil)
    #expect(NamePattern.name(staged, at: NameIndex(stage: 3, block: 26)) == "layers.3.1.26.attn")
    #expect(NamePattern.skeleton(staged) == NamePattern.skeleton("layers.0.1.0.attn"))
  }

  @Test func editDistance() {
    func distance(_ a: String, _ b: String) -> Int { Nearest.editDistance(Array(a.utf8), Array(b.utf8)) }
    #expect(distance("kitten", "sitting") == 3)
    #expect(distance("", "abc") == 3)
    #expect(
      Nearest.list(to: "norm.wieght", among: ["norm.bias", "norm.weight", "head"], limit: 1) == [
        "norm.weight"
      ])
  }
}
