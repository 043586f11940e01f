/// When a canonical tensor, and so a row, exists.
package enum Presence: String, Sendable, Hashable, CaseIterable {
  case always
  case classToken, registers, qkvBias, layerScale, preNorm, noPreNorm, gelu, swiglu
  /// In models that store the periods of their rotations.
  case periods
  /// In stages that reduce their keys and values.
  case reduction
  case decodeHead
  /// In a decode head whose batch norm is stored, or was folded into the convolution before it.
  case batchNorm, foldedBatchNorm
  /// In a model that scores classes of images.
  case classifier
}
