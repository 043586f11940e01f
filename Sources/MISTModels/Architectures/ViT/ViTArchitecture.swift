import MISTEdge
import MISTFormats

extension Architecture {
  /// Plain vision transformers (arXiv 2010.11929), and DINOv2's with registers and layer scales.
  static let vit = Architecture(
    id: "vit", name: "ViT", title: "vision transformer", configuration: ViTConfiguration.self,
    untagged: .otherwise,
    conventions: [
      .timm, .timmSwiGLU, .timmAveragePool, .hubDINOv2, .huggingFaceViT, .huggingFaceViTModules,
      .huggingFaceDINOv2, .huggingFaceDINOv2Modules, .jax, .bigVision,
    ],
    wrappers: ["dinov2", "dinov2_with_registers", "vit", "vit_mae", "vit_msn"],
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
  public static func vit(_ c: ViTConfiguration) -> ModelConfiguration { ModelConfiguration(c) }
  /// The configuration of a ViT, or nil.
  public var vit: ViTConfiguration? { details as? ViTConfiguration }
}

extension ViTConfiguration: ArchitectureConfiguration {
  package static var architecture: Architecture { .vit }

  package func blocks(of stage: Int?) -> Int { depth }
  package var gatherCandidates: [Int] { [depth / 3, 2 * depth / 3, depth] }
  package var ownImageSize: MapSize? { MapSize(height: imageSize[0], width: imageSize[1]) }
  package var sideMultiple: Int { patchSize }

  package func tokens(of image: MapSize) -> (count: Int, channels: Int) {
    (tokens(height: image.height, width: image.width), width)
  }

  /// The patches' tokens, without class token and registers.
  package func levels(of image: MapSize) -> [MapLevel] {
    let grid = grid(height: image.height, width: image.width)
    return [MapLevel(level: 1, height: grid.rows, width: grid.columns, channels: width)]
  }

  package var finalToken: FinalToken? { classToken ? .classToken : nil }
  package var attentionHeads: Int? { heads }

  package func holds(_ presence: Presence, at index: NameIndex) -> Bool {
    switch presence {
    case .always: true
    case .classToken: classToken
    case .registers: registerTokens > 0
    case .qkvBias: qkvBias
    case .layerScale: layerScale
    case .preNorm: preNorm
    case .noPreNorm: !preNorm
    case .gelu: mlp == .gelu
    case .swiglu: mlp == .swiglu
    case .classifier: classifier != nil
    case .reduction, .decodeHead, .batchNorm, .foldedBatchNorm: false
    }
  }

  package func check(_ graph: GraphHints, _ reading: Reading, file: String) throws {
    try GraphHints.check(scale: graph.attentionScale, width: width, heads: heads, place: nil, file: file)
    try graph.check(activation: mlp == .swiglu ? .silu : .geluErf, file: file)
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
    var parts = [
      "ViT, \(depth) blocks of width \(width), \(heads) heads, \(mlp.rawValue) MLP of \(mlpWidth)",
      "patch \(patchSize)", "\(imageSize[0]) x \(imageSize[1]) pixels",
      "\(tokens(height: imageSize[0], width: imageSize[1])) tokens",
    ]
    if !classToken { parts.append("no class token") }
    if registerTokens > 0 { parts.append("\(registerTokens) registers") }
    if layerScale { parts.append("layer scale") }
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
