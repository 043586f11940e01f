import MISTEdge
import MISTFormats
import MISTModels

/// A SegFormer's encoder ready to run on images of one size: weights prepacked once and shared by every worker.
final class SegFormerBackbone: Backbone, BackboneArchitecture {
  let configuration: SegFormerConfiguration
  let imageSize: MapSize
  /// Blocks that are loaded, counted over all stages: N, or fewer when the backbone was opened for a smaller depth.
  let loadedDepth: Int
  let kernels: ProductKernels

  let stages: [EncoderStage]
  /// Nil for an encoder alone.
  let decoder: SegFormerDecoder?
  let classification: ImageClassification?

  static func catalog(_ c: SegFormerConfiguration) -> any OutputCatalog { SegFormerCatalog(configuration: c) }

  static let takesCalibration = false

  static func open(
    _ checkpoint: CanonicalCheckpoint, _ c: SegFormerConfiguration, imageSize: MapSize, depth: Int,
    kernels: ProductKernels, calibration: CalibrationInputs?
  ) throws -> any Backbone {
    try SegFormerBackbone(
      configuration: c, imageSize: imageSize, depth: depth, kernels: kernels,
      decoder: SegFormerDecoder(checkpoint, c, imageSize: imageSize),
      classification: c.stages.last.flatMap { ImageClassification(checkpoint, width: $0.width) },
      read: TensorReader(checkpoint))
  }

  /// Reads and prepacks the weights that `read` gives.
  ///
  /// - imageSize: of the images, any that leaves every map, and every reduced map of keys and values, at least one position.
  /// - depth: how many blocks to load, counted over all stages; all when nil. Patch embeddings and norms are always loaded.
  ///
  /// Throws `backbone.image-size`, `backbone.depth`, `backbone.product` and the errors of `read`.
  init(
    configuration c: SegFormerConfiguration, imageSize: MapSize, depth: Int? = nil,
    kernels: ProductKernels = .automatic, decoder: SegFormerDecoder? = nil,
    classification: ImageClassification? = nil, read: TensorReader
  ) throws {
    let loaded = depth ?? c.depth
    try MISTError.checkDepth(loaded, of: c.depth)
    let shapes = try Self.shapes(c, imageSize)
    configuration = c
    self.imageSize = imageSize
    self.kernels = kernels
    self.decoder = decoder
    self.classification = classification
    loadedDepth = loaded
    var input = MapShape(height: imageSize.height, width: imageSize.width, channels: 3)
    let budget = c.blocks(within: loaded)
    stages = try shapes.enumerated().map { index, shape in
      defer { input = shape.map }
      return try EncoderStage(
        index, shape, input: input, blocks: budget[index], epsilon: c.epsilon, kernels: kernels, read: read)
    }
  }

  var kernel: String { stages.first?.embedding.products.first?.kernel ?? "" }

  var parts: [String] { SegFormerPart.allCases.map { "\($0)" } }

  var products: [any LinearProduct] { stages.flatMap(\.products) }

  func makeWorker(_ outputs: [BackboneOutput]) throws -> any BackboneWorker {
    try SegFormerWorker(self, outputs)
  }

  func shape(of output: BackboneOutput) -> [Int]? {
    SegFormerCatalog(configuration: configuration).shape(of: output, image: imageSize)
  }

  /// Throws `backbone.image-size` where a convolution has nothing to cover.
  private static func shapes(
    _ c: SegFormerConfiguration, _ size: MapSize
  ) throws -> [StageShape] {
    func fail(_ problem: String) -> MISTError {
      MISTError(
        .backboneImageSize, "an image of \(size.height) × \(size.width) pixels \(problem)",
        advice: "use larger images")
    }
    guard (1...65_536).contains(size.height), (1...65_536).contains(size.width) else {
      throw MISTError(
        .backboneImageSize,
        "an image of \(size.height) × \(size.width) pixels is not of 1 to 65536 pixels a side")
    }
    var input = (height: size.height, width: size.width)
    return try zip(c.stages, c.mapSizes(height: size.height, width: size.width)).enumerated().map {
      index, pair in
      let (stage, map) = pair
      let covered = 2 * (stage.patchSize / 2) + min(input.height, input.width)
      guard covered >= stage.patchSize else { throw fail("leaves stage \(index + 1) nothing") }
      let shape = StageShape(stage, height: map.height, width: map.width)
      guard shape.keys > 0 else {
        throw fail(
          "leaves stage \(index + 1) a map of \(map.height) × \(map.width), too small for its reduction by "
            + "\(stage.reduction)")
      }
      input = map
      return shape
    }
  }
}
