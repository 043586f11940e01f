import MISTEdge
import MISTFormats

/// One architecture: a row of the registry, and with its configuration everything that the suite says of it.
package struct Architecture: Sendable {
  /// How configurations from before there were tags are told apart.
  enum Untagged: Sendable {
    /// By a key that only this architecture's have.
    case key(String)
    /// By having none of the others' keys.
    case otherwise
    /// Never: they all have a tag.
    case never
  }

  /// The tag of its configurations, and `mist.architecture`.
  package let id: String
  /// For people, as in "it is a ViT".
  let name: String
  /// For people: what kind of model that is.
  let title: String
  let configuration: any ArchitectureConfiguration.Type
  let untagged: Untagged
  /// The tables of names that its files have.
  let conventions: [Convention]
  /// What transformers calls its models in `config.json`.
  let modelTypes: Set<String>
  /// transformers' image processors that its models come with.
  var imageProcessors: [ImageProcessor] = []
  /// What wrappers around its modules are called.
  var wrappers: Set<String> = []
  /// How its projects call what an ONNX graph's exporter may have taken the names of: embeddings, and a block's modules by their
  /// role, relative to the block.
  var embeddingNames: [EmbeddingNames] = []
  var blockNames: [[BlockRole: String]] = []
  /// What an ONNX graph without names leaves open, where `nearest` is the convention that the few kept names fit best.
  let graphFamily: @Sendable (_ nearest: Convention?) -> any ConventionFamily
  let graph: any GraphStructure.Type
}

extension Architecture {
  /// The registry. In the order in which messages list them; of several whose graphs look alike the more special ones come later.
  package static let all = [vit, segformer, dinov3]

  /// transformers' types of models that are of any architecture.
  static let modelTypes = all.reduce(into: Set<String>()) { $0.formUnion($1.modelTypes) }

  static func named(_ id: String) -> Architecture? { all.first { $0.id == id } }

  /// The canonical names as a table: what an ONNX graph without names becomes once each weight has been found by its place.
  func canonicalNames(_ nearest: Convention?) -> Convention {
    let family = graphFamily(nearest)
    return Convention(
      name: "onnx-dataflow", title: "\(title), by its ONNX graph's dataflow", rows: configuration.rows,
      ignored: [], markers: [], epsilon: family.graphEpsilon, family: family,
      orientation: nearest?.orientation ?? .ignore)
  }
}

/// What the configuration of any architecture says: everything that its tensors' names and shapes do not say, and that changes its
/// output. Codable as an object of its own; `ModelConfiguration` adds the tag.
package protocol ArchitectureConfiguration: Codable, Hashable, Sendable {
  static var architecture: Architecture { get }
  /// Every canonical tensor that a model can have, in canonical order.
  static var keys: [TensorKey<Self>] { get }

  // MARK: Features

  /// Blocks N, over all stages.
  var depth: Int { get }
  /// Blocks of a stage, counted from 0; of all where there are no stages.
  func blocks(of stage: Int?) -> Int
  /// Stages; 0 for one residual stream all along.
  var stageCount: Int { get }
  /// Gather depths unless told otherwise, ascending: about a third, two thirds and all of the blocks. 0 in models of few blocks.
  var gatherCandidates: [Int] { get }
  /// Size of the images that the model is for; nil where it does not say.
  var ownImageSize: MapSize? { get }
  /// Pixels that each side of an image is divided into; what is left over is not read. 1 for none.
  var sideMultiple: Int { get }
  /// The tokens `[count, channels]` that stand for a whole image of `image` pixels.
  func tokens(of image: MapSize) -> (count: Int, channels: Int)
  /// The model's maps for an image of `image` pixels, finest first.
  func levels(of image: MapSize) -> [MapLevel]
  /// What the final feature of a whole image is; nil for a model that has none.
  var finalToken: FinalToken? { get }

  // MARK: The model

  /// What is impossible about these values, or nil. The bounds keep sizes computed from them far from overflow.
  var flaw: String? { get }
  /// The linear layer that scores classes of images, if there is one.
  var classifier: ImageClassifier? { get set }
  /// The head that scores classes of pixels, if there is one.
  var decodeHead: AllMLPDecodeHead? { get }
  /// What stands behind the backbone and can be left out.
  static var parts: [ModelPart] { get }
  /// Takes a part of `parts` out.
  mutating func remove(_ part: ModelPart)
  /// Attention heads, where all blocks have as many.
  var attentionHeads: Int? { get }
  func holds(_ presence: Presence, at index: NameIndex) -> Bool

  // MARK: Conversion

  /// Compares what a graph shows of its arithmetic with what the backbone computes.
  /// Throws `convert.attention-scale`, `convert.activation` and `convert.graph-mismatch`.
  func check(_ graph: GraphHints, _ reading: Reading, file: String) throws
  /// How `plan`'s model is written for `destination`; nil where that has no such models.
  /// Throws `convert.unsupported-model` for what the destination cannot express.
  func form(for destination: Destination, _ plan: ConversionPlan) throws -> DestinationForm?

  // MARK: For people

  /// The model in a line.
  var summary: String { get }
  /// Further lines: a few words, and what they are about.
  var details: [(title: String, text: String)] { get }
  /// Its norms, and what else its arithmetic depends on, in a line.
  var arithmetic: String { get }
}

/// The final feature `[1, C]` of a whole image, after the last norm.
package enum FinalToken: String, Sendable {
  case classToken = "class token"
  /// The mean of the last map's positions.
  case mean
}

/// A part of a model behind its backbone.
package enum ModelPart: String, Sendable {
  case classifier
  case decodeHead = "decode_head"

  /// What rows of its tensors are present with.
  var presences: [Presence] {
    switch self {
    case .classifier: [.classifier]
    case .decodeHead: [.decodeHead, .batchNorm, .foldedBatchNorm]
    }
  }
}

extension ArchitectureConfiguration {
  package var stageCount: Int { 0 }
  package var attentionHeads: Int? { nil }
  package var decodeHead: AllMLPDecodeHead? { nil }
  package static var parts: [ModelPart] { [.classifier] }
  package var details: [(title: String, text: String)] { [] }

  package mutating func remove(_ part: ModelPart) { if part == .classifier { classifier = nil } }

  /// Whether it gives maps of several sizes.
  package var isPyramid: Bool { levels(of: imageSize()).count > 1 }

  /// Channels of each of its maps, finest first.
  var levelChannels: [Int] { levels(of: imageSize()).map(\.channels) }

  /// The size of the model's images, `other` where it does not say, else 512 × 512.
  package func imageSize(or other: MapSize? = nil) -> MapSize {
    ownImageSize ?? other ?? MapSize(height: 512, width: 512)
  }

  /// Without what stands behind the backbone: what features depend on.
  var backbone: Self {
    var c = self
    for part in Self.parts { c.remove(part) }
    return c
  }
}
