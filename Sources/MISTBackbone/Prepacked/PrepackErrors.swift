import MISTFormats

/// Bounds of what a file of packed weights may claim.
enum PrepackLimits {
  /// Products of a model.
  static let products = 65_536
  /// Columns or depth of a product.
  static let side = 16_777_216
  /// Columns of a panel, or of its unit, and steps of depth.
  static let panel = 4_096
}

extension ErrorCode {
  /// Not a file of packed weights, or of another version.
  package static let prepackNotPrepacked = ErrorCode("prepack.not-prepacked")
  package static let prepackUnsupportedVersion = ErrorCode("prepack.unsupported-version")
  /// Metadata that is missing or has another form.
  package static let prepackBadMetadata = ErrorCode("prepack.bad-metadata")
  /// Tensors that are not those that the metadata names.
  package static let prepackMissingTensor = ErrorCode("prepack.missing-tensor")
  package static let prepackUnexpectedTensor = ErrorCode("prepack.unexpected-tensor")
  package static let prepackWrongSize = ErrorCode("prepack.wrong-size")
  /// Bytes that no kernel can read in place.
  package static let prepackMisaligned = ErrorCode("prepack.misaligned")
  /// Packed of another model's weights.
  package static let prepackOtherModel = ErrorCode("prepack.other-model")
  /// Bytes that are not those that were written.
  package static let prepackDamaged = ErrorCode("prepack.damaged")
}
