import MISTEdge
import MISTFormats

extension Architecture {
  static let dinov3 = Architecture(
    id: "dinov3", name: "DINOv3 ViT", title: "DINOv3 vision transformer",
    configuration: DINOv3Configuration.self, untagged: .never,
    conventions: [
      .timmDINOv3, .timmDINOv3SwiGLU, .huggingFaceDINOv3, .huggingFaceDINOv3Gated,
    ] + Convention.huggingFaceDINOv3Modules + [.hubDINOv3],
    modelTypes: ["dinov3_vit"],
    imageProcessors: [
      ImageProcessor(
        prefix: "DINOv3", resample: 2, mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
    ], wrappers: ["dinov3_vit"],
    embeddingNames: [
      EmbeddingNames(
        convolution: "embeddings.patch_embeddings", classToken: "embeddings.cls_token",
        registers: "embeddings.register_tokens", positions: "embeddings.position_embeddings")
    ],
    graphFamily: { nearest in
      nearest?.family as? Convention.DINOv3Defaults ?? Convention.timmDINOv3.family
    },
    graph: DINOv3Structure.self)
}

extension DINOv3Configuration: TransformerConfiguration {
  package static var architecture: Architecture { .dinov3 }
  package static let keys: [TensorKey<DINOv3Configuration>] =
    TensorKey.tokens + [
      // As the file has them, rounded to its own type.
      TensorKey("rope.periods", if: .periods) { c, _ in [c.periodCount] }
    ]
    + TensorKey.block(
      qkvBias: ["q", "v"].map { part in
        TensorKey("blocks.{i}.attn.\(part).bias", if: .qkvBias) { c, _ in [c.width] }
      })
    + TensorKey.norm("final_norm") + TensorKey.classifier { $0.width }

  package var classToken: Bool { true }
  package var layerScale: Bool { true }
  package var blockEpsilon: Float { epsilon.block }
  package var finalEpsilon: Float { epsilon.final }

  package func rotation(on grid: MapSize) -> [Float]? { Self.angles(on: grid, periods: periods) }

  package func holds(_ presence: Presence, at index: NameIndex) -> Bool {
    switch presence {
    case .qkvBias: queryValueBias
    case .periods: storedPeriods
    case .noPreNorm: true
    default: holds(common: presence)
    }
  }

  package func form(for destination: Destination, _ plan: ConversionPlan) throws -> DestinationForm? {
    switch destination {
    case .timm: try .timm(self, plan)
    case .hf: try .huggingFace(self, plan)
    case .jax, .nvlabs, .mmseg, .canonical: nil
    }
  }

  package var summary: String {
    (sizes("DINOv3 ViT") + (queryValueBias ? ["query and value biases"] : ["no qkv bias"])).joined(
      separator: ", ")
  }

  package var arithmetic: String {
    "epsilon \(epsilon.block) in blocks, \(epsilon.final) at the end; rotations of base \(theta)"
      + (storedPeriods ? ", their periods as stored" : "")
  }
}

/// A DINOv3 vision transformer: no position embedding, and attention that turns queries and keys.
enum DINOv3Structure: GraphStructure {
  static func fits(_ recovery: StructureRecovery, _ firstNorm: NormSite) -> Bool {
    guard !recovery.convolution.isOverlapping(in: recovery.graph) else { return false }
    let nodes = Set(recovery.graph.graph.nodes.indices)
    return !RotationSite.all(in: recovery.graph, of: nodes).sites.isEmpty
  }

  static func read(_ recovery: inout StructureRecovery, _ firstNorm: NormSite) throws -> String {
    try recovery.readTransformer(firstNorm, positions: .turned, biases: .apart)
  }
}
