import MISTFormats

/// One code per rule of `Formats/head.md`.
extension ErrorCode {
  public static let headWrongFormat = ErrorCode("head.wrong-format")
  /// The file is a head for the other task than the one at hand.
  public static let headWrongTask = ErrorCode("head.wrong-task")
  public static let headUnsupportedVersion = ErrorCode("head.unsupported-version")
  public static let headInvalidDescription = ErrorCode("head.invalid-description")
  public static let headInvalidShape = ErrorCode("head.invalid-shape")
  public static let headInvalidClasses = ErrorCode("head.invalid-classes")
  public static let headInvalidFeature = ErrorCode("head.invalid-feature")
  public static let headInvalidModelHash = ErrorCode("head.invalid-model-hash")
  public static let headInvalidPreprocessing = ErrorCode("head.invalid-preprocessing")
  public static let headMissingTensor = ErrorCode("head.missing-tensor")
  public static let headUnknownTensor = ErrorCode("head.unknown-tensor")
  public static let headTensorDType = ErrorCode("head.tensor-dtype")
  public static let headTensorShape = ErrorCode("head.tensor-shape")
  public static let headNotFinite = ErrorCode("head.not-finite")
  /// The features at hand are not of the kind the head was trained on.
  public static let headModelMismatch = ErrorCode("head.model-mismatch")
  public static let headFeatureMismatch = ErrorCode("head.feature-mismatch")
  public static let headShapeMismatch = ErrorCode("head.shape-mismatch")
  public static let headClassesMismatch = ErrorCode("head.classes-mismatch")
  public static let headPreprocessingMismatch = ErrorCode("head.preprocessing-mismatch")
}
