import MISTFormats
import MISTModels
import TestSupport
import Testing

/// `--ignore` leaves out what lies behind a backbone or beside it, and nothing that takes part in it.
@Suite struct IgnoreTests {
  private func options(_ glob: String) -> ConversionOptions {
    var options = bareOptions()
    options.ignore = [glob]
    return options
  }

  @Test(
    "Inside the backbone",
    arguments: [
      ("timm-vit", "blocks.0.gamma", "*gamma*"), ("timm-vit", "blocks.1.attn.extra.weight", "*.extra.*"),
      ("timm-vit", "norm.scale", "norm.scale"), ("timm-vit", "extra_token", "extra_token"),
      ("timm-vit", "pos_embed_extra", "pos_embed_*"), ("timm-vit", "ln_pre.weight", "ln_pre.*"),
      ("timm-vit", "patch_embed.norm.weight", "patch_embed.norm.*"),
      ("timm-prenorm", "module.backbone.blocks.0.gamma", "*gamma*"),
      ("hf-vit", "encoder.layer.0.layer_scale.lambda1", "*lambda1"),
      ("hf-vit", "embeddings.extra", "*.extra"),
      // Known ones.
      ("timm-vit", nil, "blocks.2.*"), ("timm-vit", nil, "*.qkv.bias"), ("timm-vit", nil, "cls_token"),
      ("timm-dinov2-reg", nil, "reg_token"), ("timm-dinov2-reg", nil, "*.gamma"),
      ("timm-vit", nil, "norm.*"), ("hf-dinov2", nil, "*.layer_scale1.*"),
    ])
  func refused(_ fixture: String, _ added: String?, _ glob: String) throws {
    var archive = try ViTFixture.named(fixture).archive()
    let other = try #require(archive.tensors.first { $0.name.hasSuffix("bias") }).name
    if let added { archive = archive.adding(added, as: other) }
    let error = planError(archive, options(glob))
    #expect(error?.code == .convertNeededTensor)
    #expect(error?.problem.contains("--ignore \(glob)") == true)
    if let added { #expect(error?.place == "tensor '\(added)'") }
    // Nor does any sentence say that it can be left out.
    if added != nil { #expect(planError(archive).map { "\($0)" }?.contains("with --ignore") == false) }
  }

  @Test(
    "Behind it or beside it",
    arguments: [
      ("timm-vit", "head.bias", "head.*"), ("timm-vit", "decoder_pos_embed", "decoder*"),
      ("timm-vit", "decoder_blocks.0.norm1.weight", "decoder_blocks.*"),
      ("timm-vit", "mask_token", "mask_token"),
      ("timm-vit", "projector.0.weight", "projector.*"), ("timm-vit", "fc_norm.weight", "fc_norm.*"),
      ("timm-vit", "teacher.blocks.0.norm1.weight", "teacher.*"), ("timm-vit", "logit_scale", "logit_scale"),
      ("timm-vit", "optimizer.state.0.exp_avg", "optimizer.*"),
      ("timm-prenorm", "module.head2.weight", "module.head2.*"),
      ("timm-prenorm", "module.text.token_embedding.weight", "module.text.*"),
      ("hf-vit", "layernorm.num_batches_tracked", "*.num_batches_tracked"),
    ])
  func leftOut(_ fixture: String, _ added: String, _ glob: String) throws {
    var archive = try ViTFixture.named(fixture).archive()
    let other = try #require(archive.tensors.first { $0.name.hasSuffix("bias") }).name
    if !archive.tensors.contains(where: { $0.name == added }) { archive = archive.adding(added, as: other) }
    // A classifier goes whole.
    let plan = try Conversion(ModelSource(archive: archive), options: options(glob)).plan
    #expect(plan.ignored.contains { $0.tensor.name == added && $0.pattern == "--ignore \(glob)" })
  }
}
