/// One code per rule of `Formats/npz.md`.
extension ErrorCode {
  package static let npzUnexpectedMember = ErrorCode("npz.unexpected-member")
  package static let npzNotAnArray = ErrorCode("npz.not-an-array")
  package static let npzUnsupportedVersion = ErrorCode("npz.unsupported-version")
  package static let npzHeaderTooLarge = ErrorCode("npz.header-too-large")
  package static let npzHeaderBeyondMember = ErrorCode("npz.header-beyond-member")
  package static let npzInvalidHeader = ErrorCode("npz.invalid-header")
  package static let npzDuplicateField = ErrorCode("npz.duplicate-field")
  package static let npzUnknownField = ErrorCode("npz.unknown-field")
  package static let npzMissingField = ErrorCode("npz.missing-field")
  package static let npzPickledObjects = ErrorCode("npz.pickled-objects")
  package static let npzUnsupportedDType = ErrorCode("npz.unsupported-dtype")
  package static let npzTooManyDimensions = ErrorCode("npz.too-many-dimensions")
  package static let npzShapeOverflow = ErrorCode("npz.shape-overflow")
  package static let npzSizeMismatch = ErrorCode("npz.size-mismatch")
  /// The caller of the writer broke its order or its sizes.
  package static let npzWrongAppend = ErrorCode("npz.wrong-append", exit: .bug)
}
