import MISTFormats

/// One code per rule of `Formats/head.md`.
extension ErrorCode {
  package static let headWrongFormat = ErrorCode("head.wrong-format")
  /// The file is a head for another task than the one at hand.
  package static let headWrongTask = ErrorCode("head.wrong-task")
  package static let headUnsupportedVersion = ErrorCode("head.unsupported-version")
  /// The file is of a task that nothing here knows.
  package static let headUnknownTask = ErrorCode("head.unknown-task")
  /// The description says something that nothing here reads.
  package static let headUnknownField = ErrorCode("head.unknown-field")
  package static let headInvalidDescription = ErrorCode("head.invalid-description")
  package static let headInvalidShape = ErrorCode("head.invalid-shape")
  package static let headInvalidClasses = ErrorCode("head.invalid-classes")
  package static let headInvalidFeature = ErrorCode("head.invalid-feature")
  package static let headInvalidModelHash = ErrorCode("head.invalid-model-hash")
  package static let headInvalidPreprocessing = ErrorCode("head.invalid-preprocessing")
  package static let headMissingTensor = ErrorCode("head.missing-tensor")
  package static let headUnknownTensor = ErrorCode("head.unknown-tensor")
  package static let headTensorDType = ErrorCode("head.tensor-dtype")
  package static let headTensorShape = ErrorCode("head.tensor-shape")
  package static let headNotFinite = ErrorCode("head.not-finite")
  /// The features at hand are not of the kind the head was trained on.
  package static let headModelMismatch = ErrorCode("head.model-mismatch")
  package static let headFeatureMismatch = ErrorCode("head.feature-mismatch")
  package static let headShapeMismatch = ErrorCode("head.shape-mismatch")
  package static let headClassesMismatch = ErrorCode("head.classes-mismatch")
  package static let headPreprocessingMismatch = ErrorCode("head.preprocessing-mismatch")
}
