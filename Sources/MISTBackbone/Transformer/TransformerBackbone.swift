import MISTEdge
import MISTFormats
import MISTModels

/// What an architecture adds to the encoder that it shares with others.
struct TransformerParts {
  /// `[T, C]`: what the patch embedding is added to.
  let embedding: [Float]
  /// Between the embedding and the first block.
  var preNorm: NormWeights?
  var rotation: Rotation?
}

/// A pre-norm transformer on patch tokens, ready to run on images of one size: weights prepacked once and shared by every worker.
final class TransformerBackbone: Backbone {
  let configuration: any TransformerConfiguration
  let imageSize: MapSize
  /// Tokens T of every output.
  let tokens: Int
  /// Blocks that are loaded: N, or fewer when the backbone was opened for a smaller depth.
  let loadedDepth: Int
  let kernels: ProductKernels
  /// What is between the products of a block.
  let element: ActivationElement

  let catalog: TokenCatalog
  let patches: Patches
  let patchEmbedding: any LinearProduct
  /// `[T, C]`: class token, registers and positions; the patch embedding is added to it.
  let embedding: AlignedFloats
  let preNorm: NormWeights?
  let rotation: Rotation?
  let blocks: [TransformerBlock]
  let finalNorm: NormWeights?
  let attention: Attention
  /// Nil for a backbone alone.
  let classification: ImageClassification?

  /// Reads and prepacks the weights that `read` gives, the biases of blocks' queries, keys and values `[3C]`, and the parts for a
  /// patch grid.
  ///
  /// - imageSize: of the images; the model's own when nil.
  /// - calibration: by which products in int8 are prepared.
  /// - depth: how many blocks to load; all, and the final norm, when nil.
  ///
  /// Throws `backbone.image-size`, `backbone.depth`, `backbone.product` and the errors of `read`.
  init(
    _ c: some TransformerConfiguration, imageSize: MapSize? = nil, depth: Int? = nil,
    kernels: ProductKernels = .automatic, classification: ImageClassification? = nil,
    calibration: CalibrationRun? = nil, read: TensorReader,
    qkvBias: @Sendable (_ block: Int) throws -> [Float]?, parts: (_ grid: MapSize) throws -> TransformerParts
  ) throws {
    let size = imageSize ?? c.imageSize()
    let catalog = TokenCatalog(c)
    let grid = catalog.grid(size)
    guard grid.height > 0, grid.width > 0 else {
      throw MISTError(
        .backboneImageSize,
        "an image of \(size.height) × \(size.width) pixels holds no patch of \(c.patchSize) pixels")
    }
    let loaded = depth ?? c.depth
    try MISTError.checkDepth(loaded, of: c.depth)
    configuration = c
    self.catalog = catalog
    self.imageSize = size
    self.kernels = kernels
    element = ActivationElement(between: kernels.precision)
    self.classification = classification
    loadedDepth = loaded
    let tokens = catalog.prefix + grid.count
    self.tokens = tokens
    patches = Patches(
      rows: grid.height, columns: grid.width, size: c.patchSize, height: size.height, width: size.width)
    let embed = ProductShape(rows: patches.count, columns: c.width, depth: patches.depth)
    let (bias, between) = (try read("patch_embed.bias", [c.width]), element)
    patchEmbedding = try kernels.prepare(
      embed, named: "patch_embed", bias: bias, finish: .add, element: between
    ) { try read.with("patch_embed.weight", [c.width, 3, c.patchSize, c.patchSize], $0) }
    let parts = try parts(grid)
    embedding = AlignedFloats(parts.embedding)
    preNorm = parts.preNorm
    rotation = parts.rotation
    @Sendable func block(_ index: Int, _ moments: BlockMoments?) throws -> TransformerBlock {
      try TransformerBlock(
        index, c, tokens: tokens, qkvBias: qkvBias(index), kernels: kernels, moments: moments, read: read)
    }
    // A calibration runs its images through one block after another, and each on all threads.
    blocks =
      if let calibration {
        try (0..<loaded).map { try block($0, calibration.moments(of: $0)) }
      } else {
        try WorkerPool.map(loaded) { try block($0, nil) }
      }
    finalNorm =
      loaded == c.depth
      ? try NormWeights("final_norm", width: c.width, epsilon: c.finalEpsilon, read: read) : nil
    attention = Attention(tokens: tokens, width: c.width, heads: c.heads)
  }

  func makeWorker(_ outputs: [BackboneOutput]) throws -> any BackboneWorker {
    try TransformerWorker(self, outputs)
  }

  func shape(of output: BackboneOutput) -> [Int]? { catalog.shape(of: output, image: imageSize) }

  func multiplyAdds(depth: Int) -> Int {
    configuration.multiplyAdds(of: imageSize, depth: depth).total
  }

  func productRunner(depth: Int) throws -> ProductRunner {
    try ProductRunner([patchEmbedding] + blocks.prefix(depth).flatMap(\.products), kernels: kernels)
  }

  var kernel: String { (blocks.first?.qkv ?? patchEmbedding).kernel }

  var parts: [String] { TransformerPart.allCases.map { "\($0)" } }

  var products: [any LinearProduct] { [patchEmbedding] + blocks.flatMap(\.products) }
}
