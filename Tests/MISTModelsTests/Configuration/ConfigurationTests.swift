import Foundation
import MISTFormats
import MISTModels
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  private func plan(_ folder: String) throws -> ConversionPlan {
    let fixture = try ViTFixture.named(folder)
    return try Conversion(ModelSource(path: fixture.path), options: fixture.options).plan
  }

  @Test func timmViT() throws {
    let c = try plan("timm-vit").vit
    #expect(
      c
        == ViTConfiguration(
          width: 24, depth: 3, heads: 3, mlpWidth: 96, patchSize: 8, imageSize: [32, 32],
          positionResize: .bicubicAntialiased, classifier: .init(classes: 5, input: .classToken)))
  }

  @Test func timmDINOv2WithRegisters() throws {
    let c = try plan("timm-dinov2-reg").vit
    #expect(c.registerTokens == 4)
    #expect(c.classToken && !c.classPosition)
    #expect(c.layerScale)
    #expect(c.mlp == .swiglu && c.mlpWidth == 64)
    #expect(c.prefixTokens == 5)
  }

  @Test func timmVariants() throws {
    let gated = try plan("timm-swiglu").vit
    #expect(gated.mlp == .swiglu && gated.mlpWidth == 72 && !gated.layerScale)
    let early = try plan("timm-prenorm")
    #expect(try early.vit.preNorm && !early.vit.qkvBias)
    #expect(early.steps.contains { $0.destination.name == "patch_embed.bias" && $0.transform == .zeros })
  }

  @Test func huggingFaceEpsilonsComeFromTheConfig() throws {
    #expect(try plan("hf-vit").vit.epsilon == .init(all: 1e-12))
    #expect(try plan("hf-dinov2").vit.epsilon == .init(all: 1e-6))
    #expect(try plan("hf-vit").vit.positionResize == .bicubic)
    #expect(try plan("hf-dinov2-registers").vit.positionResize == .bicubicAntialiased)
  }

  @Test func defaultsAreSaidWhereNothingElseKnows() throws {
    let archive = try ViTFixture.named("hf-vit").archive()
    let plan = try Conversion(ModelSource(archive: archive), options: bareOptions()).plan
    #expect(try plan.vit.epsilon == .init(all: 1e-12))
    #expect(plan.assumptions.contains { $0.contains("1e-12") && $0.contains("default") })
    #expect(plan.assumptions.contains { $0.contains("square image of 32 pixels") })
    #expect(planError(archive, ConversionOptions())?.code == .convertUnknownHeads)
  }

  @Test func optionsWin() throws {
    var options = ConversionOptions()
    options.heads = [6]
    options.epsilon = 1e-5
    let c = try Conversion(ModelSource(path: ViTFixture.named("hf-vit").path), options: options).plan
      .vit
    #expect(c.heads == 6)
    #expect(c.epsilon == .init(all: 1e-5))
    options.imageSize = [16, 64]
    let wide = try Conversion(ModelSource(path: ViTFixture.named("hf-vit").path), options: options).plan
      .vit
    #expect(wide.imageSize == [16, 64])
    options.imageSize = [40, 40]
    #expect(throws: MISTError.self) {
      _ = try Conversion(ModelSource(path: ViTFixture.named("hf-vit").path), options: options)
    }
  }

  /// A file beside the weights that describes another model must not pass.
  @Test(
    "config.json against the tensors",
    arguments: [
      (#"{"hidden_size": 48, "num_attention_heads": 3}"#, ErrorCode.convertConfigurationMismatch),
      (#"{"num_hidden_layers": 4, "num_attention_heads": 3}"#, .convertConfigurationMismatch),
      (#"{"patch_size": 16, "num_attention_heads": 3}"#, .convertConfigurationMismatch),
      (#"{"intermediate_size": 97, "num_attention_heads": 3}"#, .convertConfigurationMismatch),
      (#"{"hidden_act": "quick_gelu", "num_attention_heads": 3}"#, .convertUnsupportedModel),
      (#"{"num_attention_heads": 5}"#, .convertConfigurationMismatch),
      (#"{"architecture": "vit_base_reg4", "model_args": {"num_heads": 3}}"#, .convertMissingTensor),
      (
        #"{"architecture": "vit_base", "model_args": {"num_heads": 3, "class_token": false}}"#,
        .convertConfigurationMismatch
      ),
      ("[1, 2]", .convertBadConfigurationFile),
    ])
  func contradictions(_ config: String, _ code: ErrorCode) throws {
    try Fixture.withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: ViTFixture.named("timm-vit").weights, toPath: folder + "/model.safetensors")
      try config.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
      let error = #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(path: folder)) }
      #expect(error?.code == code)
    }
  }

  @Test func impossibleConfigurationsAreNamed() {
    var c = ViTConfiguration(width: 24, depth: 3, heads: 3, mlpWidth: 96, patchSize: 8, imageSize: [32, 32])
    #expect(c.flaw == nil)
    c.heads = 5
    #expect(c.flaw?.contains("5 heads") == true)
    c.heads = 3
    c.imageSize = [4, 32]
    #expect(c.flaw != nil)
    c.imageSize = [32, 32]
    c.epsilon.final = 0
    #expect(c.flaw != nil)
  }
}
