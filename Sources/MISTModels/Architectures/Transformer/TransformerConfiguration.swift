import MISTEdge
import MISTFormats

/// What pre-norm transformers on patch tokens have in common, whatever gives their tokens a place: patch embedding; class token,
/// registers, patches; blocks of attention and MLP; a last norm.
package protocol TransformerConfiguration: ArchitectureConfiguration {
  /// Channels C of the residual stream.
  var width: Int { get }
  var heads: Int { get set }
  /// Hidden width of the MLP, after any gating: rows of `fc2`'s input.
  var mlpWidth: Int { get }
  var mlp: TransformerMLP { get }
  var patchSize: Int { get }
  /// Height and width in pixels of the images that the model is for.
  var imageSize: [Int] { get set }
  var registerTokens: Int { get }
  var classToken: Bool { get }
  /// Per-channel scales after attention and MLP.
  var layerScale: Bool { get }
  /// LayerNorm epsilons of the blocks, and of the last norm.
  var blockEpsilon: Float { get }
  var finalEpsilon: Float { get }
  /// By what queries and keys of the patches on `grid` are turned: angles `[patches, d/2]` for heads of d channels, row by row,
  /// channel j with channel j + d/2. Nil for models that do not.
  func rotation(on grid: MapSize) -> [Float]?
  /// Whether a position is added to the class token; nil where none are.
  var addsClassPosition: Bool? { get }
}

/// The MLP of a transformer's block.
package enum TransformerMLP: String, Codable, Sendable {
  /// `fc2(gelu(fc1(x)))`, GELU in its erf form.
  case gelu
  /// `fc2(silu(a) · b)` with `[a b] = fc1(x)` (DINOv2 giant).
  case swiglu
}

extension TransformerConfiguration {
  /// Tokens before the patches: CLS, then registers.
  package var prefixTokens: Int { (classToken ? 1 : 0) + registerTokens }

  /// The patch grid of an image.
  package func grid(of image: MapSize) -> MapSize {
    MapSize(height: image.height / patchSize, width: image.width / patchSize)
  }

  package func blocks(of stage: Int?) -> Int { depth }
  package var gatherCandidates: [Int] { [depth / 3, 2 * depth / 3, depth] }
  package var ownImageSize: MapSize? { MapSize(height: imageSize[0], width: imageSize[1]) }
  package var sideMultiple: Int { patchSize }

  package func tokens(of image: MapSize) -> (count: Int, channels: Int) {
    (prefixTokens + grid(of: image).count, width)
  }

  /// The patches' tokens, without class token and registers.
  package func levels(of image: MapSize) -> [MapLevel] {
    let grid = grid(of: image)
    return [MapLevel(level: 1, height: grid.height, width: grid.width, channels: width)]
  }

  package var finalToken: FinalToken? { classToken ? .classToken : nil }
  package var attentionHeads: Int? { heads }

  /// Of the tensors that all of them have.
  package func holds(common presence: Presence) -> Bool {
    switch presence {
    case .always: true
    case .classToken: classToken
    case .registers: registerTokens > 0
    case .layerScale: layerScale
    case .gelu: mlp == .gelu
    case .swiglu: mlp == .swiglu
    case .classifier: classifier != nil
    default: false
    }
  }

  package func rotation(on grid: MapSize) -> [Float]? { nil }
  package var addsClassPosition: Bool? { nil }

  package func check(_ graph: GraphHints, _ reading: Reading, file: String) throws {
    if let found = graph.classPosition, let own = addsClassPosition, found != own {
      throw MISTError(
        .convertGraphMismatch, file: file, at: "position embedding",
        "the graph adds \(found ? "one row" : "no row") of it to the class token, and its rows were read as a grid of "
          + "\(imageSize[0] / patchSize) × \(imageSize[1] / patchSize) \(own ? "and one more" : "alone")",
        advice: "give the size of the model's images with --image-size")
    }
    try graph.check(rotation: rotation, prefix: prefixTokens, file: file)
    try GraphHints.check(scale: graph.attentionScale, width: width, heads: heads, place: nil, file: file)
    try graph.check(activation: mlp == .swiglu ? .silu : .geluErf, file: file)
  }

  /// What is impossible about the sizes that all of them have, or nil. The bounds keep sizes computed from them far from overflow.
  var commonFlaw: String? {
    func outside(_ value: Int, _ range: ClosedRange<Int>) -> Bool { !range.contains(value) }
    if outside(width, 1...ModelLimits.width) { return "width \(width) is not in 1…\(ModelLimits.width)" }
    if outside(depth, 1...ModelLimits.depth) { return "depth \(depth) is not in 1…\(ModelLimits.depth)" }
    if outside(heads, 1...ModelLimits.heads) || width % heads != 0 {
      return "\(heads) heads do not divide a width of \(width)"
    }
    if outside(mlpWidth, 1...ModelLimits.mlpWidth) {
      return "MLP width \(mlpWidth) is not in 1…\(ModelLimits.mlpWidth)"
    }
    if outside(patchSize, 1...ModelLimits.patchSize) {
      return "patch size \(patchSize) is not in 1…\(ModelLimits.patchSize)"
    }
    if imageSize.count != 2 || imageSize.contains(where: { outside($0, patchSize...ModelLimits.imageSize) }) {
      return "image size \(imageSize) is not [height, width] with at least a patch each"
    }
    if outside(registerTokens, 0...ModelLimits.registerTokens) {
      return "\(registerTokens) register tokens are not in 0…\(ModelLimits.registerTokens)"
    }
    return nil
  }

  /// The sizes in a few words.
  func sizes(_ name: String) -> [String] {
    let image = MapSize(height: imageSize[0], width: imageSize[1])
    var parts = [
      "\(name), \(depth) blocks of width \(width), \(heads) heads, \(mlp.rawValue) MLP of \(mlpWidth)",
      "patch \(patchSize)", "\(imageSize[0]) x \(imageSize[1]) pixels", "\(tokens(of: image).count) tokens",
    ]
    if !classToken { parts.append("no class token") }
    if registerTokens > 0 { parts.append("\(registerTokens) registers") }
    if layerScale { parts.append("layer scale") }
    return parts
  }
}

/// Canonical tensors. Linear weights are `[out, in]`.
extension TensorKey where Configuration: TransformerConfiguration {
  /// Patch embedding, class token and registers.
  static var tokens: [TensorKey] {
    [
      TensorKey("patch_embed.weight") { c, _ in [c.width, 3, c.patchSize, c.patchSize] },
      TensorKey("patch_embed.bias", zeros: (if: .preNorm, else: .noPreNorm)) { c, _ in [c.width] },
      TensorKey("cls_token", if: .classToken) { c, _ in [c.width] },
      TensorKey("register_tokens", if: .registers) { c, _ in [c.registerTokens, c.width] },
    ]
  }

  /// The tensors of a block; `qkvBias` are those of the architecture's biases of queries, keys and values.
  static func block(qkvBias: [TensorKey]) -> [TensorKey] {
    norm("blocks.{i}.norm1") + [TensorKey("blocks.{i}.attn.qkv.weight") { c, _ in [3 * c.width, c.width] }]
      + qkvBias + linear("blocks.{i}.attn.proj") { c, _ in (c.width, c.width) }
      + [TensorKey("blocks.{i}.ls1", if: .layerScale) { c, _ in [c.width] }]
      + norm("blocks.{i}.norm2")
      // Gate, then value, of a gated MLP.
      + linear("blocks.{i}.mlp.fc1") { c, _ in ((c.mlp == .swiglu ? 2 : 1) * c.mlpWidth, c.width) }
      + linear("blocks.{i}.mlp.fc2") { c, _ in (c.width, c.mlpWidth) }
      + [TensorKey("blocks.{i}.ls2", if: .layerScale) { c, _ in [c.width] }]
  }

  static func norm(_ name: String, if presence: Presence = .always) -> [TensorKey] {
    norm(name, if: presence) { c, _ in c.width }
  }
}
