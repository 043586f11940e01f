/// Everything about a plain vision transformer that its tensors' names and shapes do not say, and that changes its
/// output. Stored as JSON in a canonical checkpoint's metadata (`Formats/canonical-checkpoint.md`).
package struct ViTConfiguration: Codable, Hashable, Sendable {
  package typealias MLP = TransformerMLP

  /// How a position embedding is resized to another grid (DESIGN: every project does it differently).
  package enum PositionResize: String, Codable, Sendable {
    /// Bicubic, a = −0.75, half-pixel centres, no antialiasing (Hugging Face).
    case bicubic
    /// Bicubic, a = −0.5, with antialiasing (timm).
    case bicubicAntialiased = "bicubic-antialiased"
  }

  /// LayerNorm epsilons, one per norm site.
  package struct Epsilons: Codable, Hashable, Sendable {
    package var preNorm: Float
    package var block: Float
    package var final: Float
    package init(all epsilon: Float) { (preNorm, block, final) = (epsilon, epsilon, epsilon) }
  }

  /// Channels C of the residual stream.
  package var width: Int
  /// Blocks N.
  package var depth: Int
  package var heads: Int
  /// Hidden width of the MLP, after any gating: rows of `fc2`'s input.
  package var mlpWidth: Int
  package var mlp: MLP
  package var patchSize: Int
  /// Height and width in pixels that the stored position embedding is for.
  package var imageSize: [Int]
  package var registerTokens: Int
  package var classToken: Bool
  /// Whether the position embedding's first row belongs to the class token; without it only patches get a position.
  package var classPosition: Bool
  package var qkvBias: Bool
  /// Per-channel scales after attention and MLP (DINOv2).
  package var layerScale: Bool
  /// A LayerNorm between the embeddings and the first block (CLIP style).
  package var preNorm: Bool
  package var epsilon: Epsilons
  package var positionResize: PositionResize
  /// Nil for a backbone alone.
  package var classifier: ImageClassifier?

  package init(
    width: Int, depth: Int, heads: Int, mlpWidth: Int, mlp: MLP = .gelu, patchSize: Int, imageSize: [Int],
    registerTokens: Int = 0, classToken: Bool = true, classPosition: Bool = true, qkvBias: Bool = true,
    layerScale: Bool = false, preNorm: Bool = false, epsilon: Epsilons = .init(all: 1e-6),
    positionResize: PositionResize = .bicubic, classifier: ImageClassifier? = nil
  ) {
    self.width = width
    self.depth = depth
    self.heads = heads
    self.mlpWidth = mlpWidth
    self.mlp = mlp
    self.patchSize = patchSize
    self.imageSize = imageSize
    self.registerTokens = registerTokens
    self.classToken = classToken
    self.classPosition = classPosition
    self.qkvBias = qkvBias
    self.layerScale = layerScale
    self.preNorm = preNorm
    self.epsilon = epsilon
    self.positionResize = positionResize
    self.classifier = classifier
  }

  /// Rows and columns of the patch grid for an image of `height` × `width` pixels.
  package func grid(height: Int, width: Int) -> (rows: Int, columns: Int) {
    (height / patchSize, width / patchSize)
  }

  /// Tokens T of the residual stream for an image of `height` × `width` pixels.
  package func tokens(height: Int, width: Int) -> Int {
    let (rows, columns) = grid(height: height, width: width)
    return prefixTokens + rows * columns
  }

  /// What is impossible about these values, or nil. The bounds keep sizes computed from them far from overflow.
  package var flaw: String? {
    if let commonFlaw { return commonFlaw }
    if classPosition, !classToken { return "a class token's position without a class token" }
    for value in [epsilon.preNorm, epsilon.block, epsilon.final] where !(value.isFinite && value > 0) {
      return "epsilon \(value) is not positive"
    }
    return classifier?.flaw(hasClassToken: classToken)
  }
}
