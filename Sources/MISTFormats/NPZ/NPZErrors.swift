/// One code per rule of `Formats/npz.md`.
extension ErrorCode {
  public static let npzUnexpectedMember = ErrorCode("npz.unexpected-member")
  public static let npzNotAnArray = ErrorCode("npz.not-an-array")
  public static let npzUnsupportedVersion = ErrorCode("npz.unsupported-version")
  public static let npzHeaderTooLarge = ErrorCode("npz.header-too-large")
  public static let npzHeaderBeyondMember = ErrorCode("npz.header-beyond-member")
  public static let npzInvalidHeader = ErrorCode("npz.invalid-header")
  public static let npzDuplicateField = ErrorCode("npz.duplicate-field")
  public static let npzUnknownField = ErrorCode("npz.unknown-field")
  public static let npzMissingField = ErrorCode("npz.missing-field")
  public static let npzPickledObjects = ErrorCode("npz.pickled-objects")
  public static let npzUnsupportedDType = ErrorCode("npz.unsupported-dtype")
  public static let npzTooManyDimensions = ErrorCode("npz.too-many-dimensions")
  public static let npzShapeOverflow = ErrorCode("npz.shape-overflow")
  public static let npzSizeMismatch = ErrorCode("npz.size-mismatch")
  /// The caller of the writer broke its order or its sizes.
  public static let npzWrongAppend = ErrorCode("npz.wrong-append", exit: .bug)
}
