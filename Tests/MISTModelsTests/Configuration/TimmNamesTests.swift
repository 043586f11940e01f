import Foundation
import MISTFormats
import Testing

@testable import MISTModels

/// Names of timm's models: what they compute is not in their arguments.
@Suite struct TimmNamesTests {
  private func name(_ architecture: String) throws -> TimmName {
    try TimmName(ForeignJSON(Data(#"{"architecture": "\#(architecture)"}"#.utf8), file: "config.json"))
  }

  @Test(
    "Plain ones",
    arguments: [
      "vit_tiny_patch16_224", "vit_base_patch16_224.augreg_in21k", "vit_base_patch16_224_in21k",
      "vit_base_patch16_224_miil", "deit_small_patch16_224", "deit3_base_patch16_384", "flexivit_small",
      "vit_large_patch14_dinov2", "vit_giant_patch14_reg4_dinov2", "vit_large_patch14_clip_224",
      "vit_small_patch16_36x1_224", "eva_large_patch14_196", "vit_base_patch16_siglip_gap_256",
      "vit_so400m_patch14_siglip_378", "vit_mediumd_patch16_reg4_gap_384",
    ])
  func plain(_ architecture: String) throws { _ = try name(architecture) }

  @Test(
    "Others",
    arguments: [
      "vit_base_patch16_clip_quickgelu_224", "vit_base_patch16_rpn_224", "vit_base_patch16_18x2_224",
      "vit_base_patch16_xp_224", "vit_relpos_base_patch16_224", "vit_base_r50_s16_224",
      "vit_base_patch16_rope_224", "vit_base_patch16_dinov3", "deit_base_distilled_patch16_224",
      "beit_base_patch16_224", "eva02_base_patch14_224", "eva_giant_patch14_224", "samvit_base_patch16",
      "vit_so400m_patch16_siglip_256", "vit_base_patch32_siglip_256", "vit_large_patch16_siglip_512",
      "vit_giantopt_patch16_siglip_256", "vit_base_patch16_of_tomorrow_224", "swin_tiny_patch4_window7_224",
      "resnet50", "_", "vit_base_patch16_224_tanh",
    ])
  func others(_ architecture: String) {
    let error = #expect(throws: MISTError.self) { _ = try name(architecture) }
    #expect(error?.code == .convertUnsupportedModel && error?.place == "architecture")
    #expect(error?.problem.contains(architecture) == true)
  }

  @Test func whatTheyStandFor() throws {
    #expect(try name("vit_base_patch16_clip_224").epsilon == 1e-5)
    #expect(try name("vit_base_patch16_224").epsilon == 1e-6)
    #expect(try name("vit_giant_patch14_dinov2").isSiLU)
    #expect(try !name("vit_giant_patch14_224").isSiLU)
    #expect(try name("vit_base_patch14_reg4_dinov2").registerTokens == 4)
    #expect(try name("deit3_base_patch16_224").classPosition == false)
    #expect(try name("vit_base_patch16_224").classPosition == nil)
  }
}
