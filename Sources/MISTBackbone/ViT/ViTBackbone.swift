import MISTEdge
import MISTFormats
import MISTModels

/// A vision transformer ready to run on images of one size: weights prepacked once and shared by every worker.
final class ViTBackbone: Backbone, BackboneArchitecture {
  let configuration: ViTConfiguration
  let imageSize: MapSize
  /// Tokens T of every output.
  let tokens: Int
  /// Blocks that are loaded: N, or fewer when the backbone was opened for a smaller depth.
  let loadedDepth: Int
  let backend: ProductBackend

  let catalog: TokenCatalog
  let patches: Patches
  let patchEmbedding: any LinearProduct
  /// `[T, C]`: class token, registers and positions; the patch embedding is added to it.
  let embedding: AlignedFloats
  let preNorm: NormWeights?
  let blocks: [ViTBlock]
  let finalNorm: NormWeights?
  let attention: Attention
  /// Nil for a backbone alone.
  let classification: ImageClassification?

  static func catalog(_ c: ViTConfiguration) -> any OutputCatalog { TokenCatalog(c) }

  static func open(
    _ checkpoint: CanonicalCheckpoint, _ c: ViTConfiguration, imageSize: MapSize, depth: Int,
    backend: ProductBackend
  ) throws -> any Backbone {
    try ViTBackbone(
      configuration: c, imageSize: imageSize, depth: depth, backend: backend,
      classification: ImageClassification(checkpoint, width: c.width), read: checkpoint.floats)
  }

  /// Reads and prepacks the weights that `read` gives.
  ///
  /// - imageSize: of the images; the model's own when nil. Another size resizes the position embedding by the method that the
  ///   checkpoint records.
  /// - depth: how many blocks to load; all, and the final norm, when nil.
  ///
  /// Throws `backbone.image-size`, `backbone.depth`, `backbone.product` and the errors of `read`.
  init(
    configuration c: ViTConfiguration, imageSize: MapSize? = nil, depth: Int? = nil,
    backend: ProductBackend = .automatic, classification: ImageClassification? = nil, read: TensorReader
  ) throws {
    let size = imageSize ?? c.imageSize()
    let grid = c.grid(height: size.height, width: size.width)
    guard grid.rows > 0, grid.columns > 0 else {
      throw MISTError(
        .backboneImageSize,
        "an image of \(size.height) × \(size.width) pixels holds no patch of \(c.patchSize) pixels")
    }
    let loaded = depth ?? c.depth
    try MISTError.checkDepth(loaded, of: c.depth)
    configuration = c
    catalog = TokenCatalog(c)
    self.imageSize = size
    self.backend = backend
    self.classification = classification
    loadedDepth = loaded
    tokens = c.tokens(height: size.height, width: size.width)
    patches = Patches(
      rows: grid.rows, columns: grid.columns, size: c.patchSize, height: size.height, width: size.width)
    patchEmbedding = try backend.prepare(
      ProductShape(rows: patches.count, columns: c.width, depth: patches.depth),
      weights: try read("patch_embed.weight", [c.width, 3, c.patchSize, c.patchSize]),
      bias: try read("patch_embed.bias", [c.width]), finish: .add)
    embedding = AlignedFloats(try Self.embedding(c, grid: grid, read: read))
    preNorm =
      c.preNorm ? try NormWeights("pre_norm", width: c.width, epsilon: c.epsilon.preNorm, read: read) : nil
    let tokens = tokens
    blocks = try (0..<loaded).map { try ViTBlock($0, c, tokens: tokens, backend: backend, read: read) }
    finalNorm =
      loaded == c.depth
      ? try NormWeights("final_norm", width: c.width, epsilon: c.epsilon.final, read: read) : nil
    attention = Attention(tokens: tokens, width: c.width, heads: c.heads)
  }

  func makeWorker(_ outputs: [BackboneOutput]) throws -> any BackboneWorker { try ViTWorker(self, outputs) }

  func shape(of output: BackboneOutput) -> [Int]? { catalog.shape(of: output, image: imageSize) }

  func multiplyAdds(depth: Int) -> Int {
    let block =
      blocks.first.map { $0.products.reduce(attention.multiplyAdds) { $0 + $1.shape.multiplyAdds } } ?? 0
    return patchEmbedding.shape.multiplyAdds + depth * block
  }

  func productRunner(depth: Int) throws -> ProductRunner {
    try ProductRunner([patchEmbedding] + blocks.prefix(depth).flatMap(\.products), backend: backend)
  }

  var kernel: String { (blocks.first?.qkv ?? patchEmbedding).kernel }

  var parts: [String] { ViTPart.allCases.map { "\($0)" } }

  var products: [any LinearProduct] { [patchEmbedding] + blocks.flatMap(\.products) }

  /// `[T, C]`: the class token with its position, the registers, and the patches' positions on `grid`.
  private static func embedding(
    _ c: ViTConfiguration, grid: (rows: Int, columns: Int), read: TensorReader
  ) throws -> [Float] {
    let own = c.grid(height: c.imageSize[0], width: c.imageSize[1])
    let classRows = c.classPosition ? 1 : 0
    let positions = try read("pos_embed", [own.rows * own.columns + classRows, c.width])
    var rows: [Float] = []
    if c.classToken {
      rows = try read("cls_token", [c.width])
      if c.classPosition {
        for i in 0..<c.width { rows[i] += positions[i] }
      }
    }
    if c.registerTokens > 0 { rows += try read("register_tokens", [c.registerTokens, c.width]) }
    return rows
      + PositionEmbedding.resize(
        Array(positions[(classRows * c.width)...]), width: c.width, from: own, to: grid,
        method: c.positionResize)
  }
}

extension TokenCatalog {
  init(_ c: ViTConfiguration) {
    self.init(
      depth: c.depth, width: c.width, patchSize: c.patchSize, hasClassToken: c.classToken,
      prefix: c.prefixTokens, classes: c.classifier?.classes)
  }
}
