import MISTModels
import Testing

extension ConversionPlan {
  /// The configuration of a plan that must be a ViT's.
  var vit: ViTConfiguration { get throws { try #require(configuration.vit) } }
  var segformer: SegFormerConfiguration { get throws { try #require(configuration.segformer) } }
}

extension CanonicalCheckpoint {
  var vit: ViTConfiguration { get throws { try #require(configuration.vit) } }
  var segformer: SegFormerConfiguration { get throws { try #require(configuration.segformer) } }
}
