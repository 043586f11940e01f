import MISTFormats

/// Failures of opening a canonical checkpoint; `Formats/canonical-checkpoint.md` has the rule behind each.
extension ErrorCode {
  public static let checkpointNotCanonical = ErrorCode("checkpoint.not-canonical")
  public static let checkpointUnsupportedVersion = ErrorCode("checkpoint.unsupported-version")
  public static let checkpointUnknownArchitecture = ErrorCode("checkpoint.unknown-architecture")
  public static let checkpointMissingMetadata = ErrorCode("checkpoint.missing-metadata")
  public static let checkpointBadConfiguration = ErrorCode("checkpoint.bad-configuration")
  public static let checkpointBadPreprocessing = ErrorCode("checkpoint.bad-preprocessing")
  public static let checkpointBadProvenance = ErrorCode("checkpoint.bad-provenance")
  public static let checkpointBadClasses = ErrorCode("checkpoint.bad-classes")
  public static let checkpointMissingTensor = ErrorCode("checkpoint.missing-tensor")
  public static let checkpointUnexpectedTensor = ErrorCode("checkpoint.unexpected-tensor")
  public static let checkpointShapeMismatch = ErrorCode("checkpoint.shape-mismatch")
  public static let checkpointWrongDType = ErrorCode("checkpoint.wrong-dtype")
}

/// Failures of recognising and converting a foreign checkpoint; `Formats/naming-conventions.md` explains them.
extension ErrorCode {
  /// No convention knows enough of the names.
  public static let convertUnknownConvention = ErrorCode("convert.unknown-convention")
  /// Several conventions, or several prefixes, explain the names equally well.
  public static let convertAmbiguousConvention = ErrorCode("convert.ambiguous-convention")
  /// A source tensor that the convention neither maps nor ignores.
  public static let convertUnmappedTensor = ErrorCode("convert.unmapped-tensor")
  /// A destination for which the source has no tensor.
  public static let convertMissingTensor = ErrorCode("convert.missing-tensor")
  public static let convertShapeMismatch = ErrorCode("convert.shape-mismatch")
  /// A mapped tensor whose elements are not floating point.
  public static let convertWrongDType = ErrorCode("convert.wrong-dtype")
  /// A file beside the weights, or the graph, contradicts the tensors.
  public static let convertConfigurationMismatch = ErrorCode("convert.configuration-mismatch")
  /// A file beside the weights is not the JSON it should be.
  public static let convertBadConfigurationFile = ErrorCode("convert.bad-configuration-file")
  /// Nothing says how many heads the attention has.
  public static let convertUnknownHeads = ErrorCode("convert.unknown-heads")
  /// Nothing says by which strides a model's patch embeddings move.
  public static let convertUnknownStrides = ErrorCode("convert.unknown-strides")
  /// The model computes something that this suite's backbone does not.
  public static let convertUnsupportedModel = ErrorCode("convert.unsupported-model")
  /// A graph scales its attention by another factor than the root of the channels per head.
  public static let convertAttentionScale = ErrorCode("convert.attention-scale")
  /// A graph's convolution or resize computes something else than the model's.
  public static let convertGraphMismatch = ErrorCode("convert.graph-mismatch")
  /// A graph's MLP has another activation than this suite's backbone would compute.
  public static let convertActivation = ErrorCode("convert.activation")
  /// The preprocessing beside the weights cannot be expressed.
  public static let convertUnsupportedPreprocessing = ErrorCode("convert.unsupported-preprocessing")
  /// A folder without a model file, or with several.
  public static let convertNoModel = ErrorCode("convert.no-model", exit: .noInput)
}
