import MISTEdge
import MISTModels

/// An architecture whose models are `TransformerBackbone`s: it says what is in front of the blocks.
protocol TransformerArchitecture: BackboneArchitecture where Configuration: TransformerConfiguration {
  /// As `TransformerBackbone`'s initialiser.
  static func make(
    _ c: Configuration, imageSize: MapSize?, depth: Int?, kernels: ProductKernels,
    classification: ImageClassification?, read: TensorReader
  ) throws -> TransformerBackbone
}

extension TransformerArchitecture {
  static func catalog(_ c: Configuration) -> any OutputCatalog { TokenCatalog(c) }

  static func open(
    _ checkpoint: CanonicalCheckpoint, _ c: Configuration, imageSize: MapSize, depth: Int,
    kernels: ProductKernels
  ) throws -> any Backbone {
    try make(
      c, imageSize: imageSize, depth: depth, kernels: kernels,
      classification: ImageClassification(checkpoint, width: c.width), read: TensorReader(checkpoint))
  }
}
