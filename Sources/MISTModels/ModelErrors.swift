import MISTFormats

/// Failures of opening a canonical checkpoint; `Formats/canonical-checkpoint.md` has the rule behind each.
extension ErrorCode {
  package static let checkpointNotCanonical = ErrorCode("checkpoint.not-canonical")
  package static let checkpointUnsupportedVersion = ErrorCode("checkpoint.unsupported-version")
  package static let checkpointUnknownArchitecture = ErrorCode("checkpoint.unknown-architecture")
  package static let checkpointMissingMetadata = ErrorCode("checkpoint.missing-metadata")
  package static let checkpointBadConfiguration = ErrorCode("checkpoint.bad-configuration")
  package static let checkpointBadPreprocessing = ErrorCode("checkpoint.bad-preprocessing")
  package static let checkpointBadProvenance = ErrorCode("checkpoint.bad-provenance")
  package static let checkpointBadClasses = ErrorCode("checkpoint.bad-classes")
  package static let checkpointMissingTensor = ErrorCode("checkpoint.missing-tensor")
  package static let checkpointUnexpectedTensor = ErrorCode("checkpoint.unexpected-tensor")
  package static let checkpointShapeMismatch = ErrorCode("checkpoint.shape-mismatch")
  package static let checkpointWrongDType = ErrorCode("checkpoint.wrong-dtype")
  package static let checkpointNotFinite = ErrorCode("checkpoint.not-finite")
}

/// Failures of recognising and converting a foreign checkpoint; `Formats/naming-conventions.md` explains them.
extension ErrorCode {
  /// No convention knows enough of the names.
  package static let convertUnknownConvention = ErrorCode("convert.unknown-convention")
  /// Several conventions, or several prefixes, explain the names equally well.
  package static let convertAmbiguousConvention = ErrorCode("convert.ambiguous-convention")
  /// A source tensor that the convention neither maps nor ignores.
  package static let convertUnmappedTensor = ErrorCode("convert.unmapped-tensor")
  /// Two tensors of one name, after --rename or without what training puts into names.
  package static let convertDuplicateName = ErrorCode("convert.duplicate-name")
  /// A rule of --rename that is about none of the file's names.
  package static let convertRenameUnmatched = ErrorCode("convert.rename-unmatched")
  /// A destination for which the source has no tensor.
  package static let convertMissingTensor = ErrorCode("convert.missing-tensor")
  /// A tensor inside the backbone that the user would leave out.
  package static let convertNeededTensor = ErrorCode("convert.needed-tensor")
  package static let convertShapeMismatch = ErrorCode("convert.shape-mismatch")
  /// A mapped tensor whose elements are not floating point.
  package static let convertWrongDType = ErrorCode("convert.wrong-dtype")
  /// A mapped tensor that holds NaN or infinities.
  package static let convertNotFinite = ErrorCode("convert.not-finite")
  /// A file beside the weights, or the graph, contradicts the tensors.
  package static let convertConfigurationMismatch = ErrorCode("convert.configuration-mismatch")
  /// A file beside the weights is not the JSON it should be.
  package static let convertBadConfigurationFile = ErrorCode("convert.bad-configuration-file")
  /// Nothing says how many heads the attention has.
  package static let convertUnknownHeads = ErrorCode("convert.unknown-heads")
  /// Nothing says by which strides a model's patch embeddings move.
  package static let convertUnknownStrides = ErrorCode("convert.unknown-strides")
  /// The model computes something that this suite's backbone does not.
  package static let convertUnsupportedModel = ErrorCode("convert.unsupported-model")
  /// A graph scales its attention by another factor than the root of the channels per head.
  package static let convertAttentionScale = ErrorCode("convert.attention-scale")
  /// A graph's convolution or resize computes something else than the model's.
  package static let convertGraphMismatch = ErrorCode("convert.graph-mismatch")
  /// A graph's MLP has another activation than this suite's backbone would compute.
  package static let convertActivation = ErrorCode("convert.activation")
  /// The preprocessing beside the weights cannot be expressed.
  package static let convertUnsupportedPreprocessing = ErrorCode("convert.unsupported-preprocessing")
  /// A folder without a model file, or with several.
  package static let convertNoModel = ErrorCode("convert.no-model", exit: .noInput)
}
