/// When a canonical tensor, and so a row, exists.
public enum Presence: String, Sendable, Hashable, CaseIterable {
  case always
  case classToken, registers, qkvBias, layerScale, preNorm, noPreNorm, gelu, swiglu
  /// In stages that reduce their keys and values.
  case reduction
  case decodeHead
  /// In a decode head whose batch norm is stored, or was folded into the convolution before it.
  case batchNorm, foldedBatchNorm
  /// In a model that scores classes of images.
  case classifier

  public func holds(_ c: ViTConfiguration) -> Bool {
    switch self {
    case .always: true
    case .classToken: c.classToken
    case .registers: c.registerTokens > 0
    case .qkvBias: c.qkvBias
    case .layerScale: c.layerScale
    case .preNorm: c.preNorm
    case .noPreNorm: !c.preNorm
    case .gelu: c.mlp == .gelu
    case .swiglu: c.mlp == .swiglu
    case .classifier: c.classifier != nil
    case .reduction, .decodeHead, .batchNorm, .foldedBatchNorm: false
    }
  }

  /// `stage` counts from 0; nil for what belongs to no stage.
  public func holds(_ c: SegFormerConfiguration, stage: Int?) -> Bool {
    switch self {
    case .always: true
    case .reduction: stage.map { c.stages.indices.contains($0) && c.stages[$0].reduction > 1 } ?? false
    case .decodeHead: c.decodeHead != nil
    case .batchNorm: c.decodeHead?.batchNorm == true
    case .foldedBatchNorm: c.decodeHead?.batchNorm == false
    case .classifier: c.classifier != nil
    case .classToken, .registers, .qkvBias, .layerScale, .preNorm, .noPreNorm, .gelu, .swiglu: false
    }
  }

  func holds(_ c: ModelConfiguration, at index: NameIndex) -> Bool {
    switch c {
    case .vit(let c): holds(c)
    case .segformer(let c): holds(c, stage: index.stage)
    }
  }
}
