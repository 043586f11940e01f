import MISTEdge
import MISTFormats

extension Architecture {
  /// Mix Transformer encoders with or without an all-MLP decode head (arXiv 2105.15203).
  static let segformer = Architecture(
    id: "segformer", name: "SegFormer", title: "SegFormer", configuration: SegFormerConfiguration.self,
    untagged: .key("stages"),
    conventions: [
      .huggingFaceSegFormer, .huggingFaceSegFormerModules, .nvlabsSegFormer, .mmsegSegFormer,
      .smpSegFormer,
    ],
    modelTypes: ["segformer"],
    imageProcessors: [
      ImageProcessor(
        prefix: "Segformer", resample: 2, mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd)
    ], wrappers: ["segformer"],
    graphFamily: { _ in Convention.SegFormerDefaults(epsilons: .init(all: 1e-5)) },
    graph: SegFormerStructure.self)
}

extension ModelConfiguration {
  package static func segformer(_ c: SegFormerConfiguration) -> ModelConfiguration { ModelConfiguration(c) }
  /// The configuration of a SegFormer, or nil.
  package var segformer: SegFormerConfiguration? { details as? SegFormerConfiguration }
}

extension SegFormerConfiguration: ArchitectureConfiguration {
  package static var architecture: Architecture { .segformer }
  package static var parts: [ModelPart] { [.classifier, .decodeHead] }

  package mutating func remove(_ part: ModelPart) {
    switch part {
    case .classifier: classifier = nil
    case .decodeHead: decodeHead = nil
    }
  }

  package var stageCount: Int { stages.count }
  package func blocks(of stage: Int?) -> Int { stage.map { stages[$0].depth } ?? depth }
  /// To the nearest block: 14, 27, 41 of 41.
  package var gatherCandidates: [Int] { [(2 * depth + 3) / 6, (4 * depth + 3) / 6, depth] }
  package var ownImageSize: MapSize? { nil }
  package var sideMultiple: Int { 1 }

  /// The coarsest map's positions.
  package func tokens(of image: MapSize) -> (count: Int, channels: Int) {
    levels(of: image).last.map { ($0.positions, $0.channels) } ?? (0, 0)
  }

  package func levels(of image: MapSize) -> [MapLevel] {
    zip(stages, mapSizes(height: image.height, width: image.width)).enumerated().map { index, pair in
      MapLevel(
        level: index + 1, height: pair.1.height, width: pair.1.width, channels: pair.0.width,
        reduction: pair.0.reduction)
    }
  }

  package var finalToken: FinalToken? { .mean }

  /// The stage of `index` counts from 0; nil for what belongs to no stage.
  package func holds(_ presence: Presence, at index: NameIndex) -> Bool {
    switch presence {
    case .always: true
    case .reduction: index.stage.map { stages.indices.contains($0) && stages[$0].reduction > 1 } ?? false
    case .decodeHead: decodeHead != nil
    case .batchNorm: decodeHead?.batchNorm == true
    case .foldedBatchNorm: decodeHead?.batchNorm == false
    case .classifier: classifier != nil
    default: false
    }
  }

  package func check(_ graph: GraphHints, _ reading: Reading, file: String) throws {
    try SegFormerGraph(graph, reading, file: file).check(self)
  }

  package func form(for destination: Destination, _ plan: ConversionPlan) throws -> DestinationForm? {
    switch destination {
    case .hf: try .huggingFace(self, plan)
    case .nvlabs: try .nvlabs(self, plan)
    case .mmseg: try .mmseg(self, plan)
    case .timm, .jax, .canonical: nil
    }
  }

  package var summary: String {
    "SegFormer, \(depth) blocks in \(stages.count) stages"
      + (decodeHead == nil && classifier == nil ? ", no decode head" : "")
  }

  package var details: [(title: String, text: String)] {
    stages.enumerated().map { ("stage \($0 + 1)", $1.text) }
      + (decodeHead.map { [("decode head", $0.text)] } ?? [])
  }

  package var arithmetic: String {
    "epsilon \(epsilon.block) in blocks, \(epsilon.patch) after patch embeddings, \(epsilon.reduction) after "
      + "reductions, \(epsilon.stage) after stages"
  }
}

extension SegFormerConfiguration.Stage {
  fileprivate var text: String {
    "\(depth) \(depth == 1 ? "block" : "blocks") of width \(width), \(heads) \(heads == 1 ? "head" : "heads"), MLP of \(mlpWidth), "
      + "patch \(patchSize) stride \(stride), "
      + (reduction > 1 ? "keys and values reduced by \(reduction)" : "keys and values not reduced")
  }
}

extension AllMLPDecodeHead {
  fileprivate var text: String {
    (kind == .linear ? "all-MLP" : "mmsegmentation's (batch norm and ReLU per level)")
      + " of width \(width), \(classes) classes, "
      + (batchNorm ? "batch norm with epsilon \(batchNormEpsilon)" : "batch norm folded")
  }
}
