import MISTEdge
import MISTFormats

extension Architecture {
  /// Plain vision transformers (arXiv 2010.11929), and DINOv2's with registers and layer scales.
  static let vit = Architecture(
    id: "vit", name: "ViT", title: "vision transformer", configuration: ViTConfiguration.self,
    untagged: .otherwise,
    conventions: [
      .timm, .timmSwiGLU, .timmAveragePool, .hubDINOv2, .deit3, .mae, .torchvision, .torchvisionReleased,
      .huggingFaceViT, .huggingFaceViTModules, .huggingFaceDINOv2, .huggingFaceDINOv2Modules, .jax,
      .bigVision,
    ],
    modelTypes: ["vit", "deit", "vit_mae", "vit_msn", "ijepa", "dinov2", "dinov2_with_registers"],
    imageProcessors: ImageProcessor.vit,
    wrappers: ["dinov2", "dinov2_with_registers", "ijepa", "vit", "vit_mae", "vit_msn"],
    embeddingNames: embeddingNames, blockNames: blockNames,
    graphFamily: { nearest in
      let usual = nearest?.family as? Convention.ViTDefaults ?? Convention.timmDefaults
      return Convention.ViTDefaults(
        alwaysClassToken: false, positionResize: usual.positionResize, preprocessing: usual.preprocessing)
    }, graph: ViTStructure.self)
}

extension Architecture {
  private static let embeddingNames = [
    EmbeddingNames(
      convolution: "patch_embed.proj", classToken: "cls_token", registers: "reg_token", positions: "pos_embed"
    ),
    EmbeddingNames(
      convolution: "embeddings.patch_embeddings.projection", classToken: "embeddings.cls_token",
      registers: "embeddings.register_tokens", positions: "embeddings.position_embeddings"),
  ]

  private static let blockNames: [[BlockRole: String]] = [
    [.queryKeyValue: "attn.qkv", .projection: "attn.proj", .expand: "mlp.fc1", .contract: "mlp.fc2"],
    [
      .query: "attention.attention.query", .key: "attention.attention.key",
      .value: "attention.attention.value",
      .projection: "attention.output.dense", .expand: "intermediate.dense", .contract: "output.dense",
    ],
    [
      .query: "attention.attention.query", .key: "attention.attention.key",
      .value: "attention.attention.value",
      .projection: "attention.output.dense", .expand: "mlp.fc1", .contract: "mlp.fc2",
    ],
    [
      .query: "attention.q_proj", .key: "attention.k_proj", .value: "attention.v_proj",
      .projection: "attention.o_proj", .expand: "mlp.fc1", .contract: "mlp.fc2",
    ],
  ]
}

extension ModelConfiguration {
  package static func vit(_ c: ViTConfiguration) -> ModelConfiguration { ModelConfiguration(c) }
  /// The configuration of a ViT, or nil.
  package var vit: ViTConfiguration? { details as? ViTConfiguration }
}

extension ViTConfiguration: TransformerConfiguration {
  package var addsClassPosition: Bool? { classPosition }
  package static var architecture: Architecture { .vit }
  package var blockEpsilon: Float { epsilon.block }
  package var finalEpsilon: Float { epsilon.final }

  package func holds(_ presence: Presence, at index: NameIndex) -> Bool {
    switch presence {
    case .qkvBias: qkvBias
    case .preNorm: preNorm
    case .noPreNorm: !preNorm
    default: holds(common: presence)
    }
  }

  package func form(for destination: Destination, _ plan: ConversionPlan) throws -> DestinationForm? {
    switch destination {
    case .timm: try .timm(self, plan)
    case .hf: try .huggingFace(self, plan)
    case .jax: try .jax(self, plan)
    case .nvlabs, .mmseg, .canonical: nil
    }
  }

  package var summary: String {
    var parts = sizes("ViT")
    if preNorm { parts.append("pre-norm") }
    if !qkvBias { parts.append("no qkv bias") }
    return parts.joined(separator: ", ")
  }

  package var arithmetic: String {
    "epsilon \(epsilon.block) in blocks, \(epsilon.final) at the end"
      + (preNorm ? ", \(epsilon.preNorm) before" : "")
      + "; positions resized by \(positionResize.rawValue)"
  }
}
