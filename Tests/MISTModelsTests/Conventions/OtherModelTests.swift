import MISTFormats
import MISTModels
import TestSupport
import Testing

/// Checkpoints that are something else are refused by what they are.
@Suite struct OtherModelTests {
  private func refusal(_ additions: String...) throws -> MISTError? {
    let archive = try ViTFixture.named("timm-vit").archive()
    return planError(additions.reduce(archive) { $0.adding($1, as: "norm.bias") })
  }

  @Test(
    "By a tensor that only they have",
    arguments: [
      ("blocks.0.attn.rel_pos_h", "SAM"), ("dist_token", "distilled"),
      ("blocks.0.attn.relative_position_bias_table", "BEiT"),
      ("blocks.0.attn.q_norm.weight", "queries and keys"),
      ("blocks.0.attn.lambda_k1", "differential"), ("blocks.0.attn.norm.weight", "within attention"),
      ("attn_pool.latent", "SigLIP"), ("rope.freqs", "EVA"), ("patch_embed.backbone.stem.weight", "hybrid"),
      ("blocks.0.attn.qkv.lora_A.weight", "LoRA adapter"), ("blocks_token_only.0.norm1.weight", "CaiT"),
      ("cls_attn_blocks.0.norm1.weight", "XCiT"), ("blocks.0.attns.0.norm.weight", "parallel"),
    ])
  func named(_ tensor: String, _ title: String) throws {
    let error = try refusal(tensor)
    #expect(error?.code == .convertUnsupportedModel)
    #expect(error?.place == "tensor '\(tensor)'")
    #expect(error?.problem.contains(title) == true, "\(error?.problem ?? "-")")
  }

  @Test func adaptersAloneAskToBeMerged() throws {
    let archive = try ViTFixture.named("timm-vit").archive().renamingAll {
      "base_model.model."
        + $0.replacing(".weight", with: ".lora_A.weight")
        .replacing(".bias", with: ".lora_B.weight")
    }
    let error = planError(archive)
    #expect(error?.code == .convertUnsupportedModel)
    #expect(error.map { "\($0)" }?.contains("LoRA adapter; merge it first") == true)
  }

  @Test func namesThatAreNearToNothingHaveNoNearest() throws {
    let archive = try ViTFixture.named("timm-vit").archive().renamingAll { "thing_\($0.count)." + $0 }
    let error = planError(archive)
    #expect(error?.code == .convertUnknownConvention)
    #expect(error?.problem.contains("nearest") == false)
  }

  @Test func withoutBiasesOfNorms() throws {
    var archive = try ViTFixture.named("timm-vit").archive()
    for block in 0..<3 {
      archive = archive.dropping("blocks.\(block).norm1.bias", "blocks.\(block).norm2.bias")
    }
    let error = planError(archive)
    #expect(error?.code == .convertUnsupportedModel && error?.problem.contains("RMS") == true)
  }
}
