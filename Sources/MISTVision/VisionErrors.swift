import MISTFormats

extension ErrorCode {
  /// Neither JPEG nor PNG, whatever its extension says.
  package static let imageUnknownFormat = ErrorCode("image.unknown-format")
  /// The file ends before its image does.
  package static let imageTruncated = ErrorCode("image.truncated")
  /// The decoder refuses the content.
  package static let imageCorrupt = ErrorCode("image.corrupt")
  /// More pixels or bytes than the decoder accepts.
  package static let imageTooLarge = ErrorCode("image.too-large")
  /// A valid variant of the format that is not read.
  package static let imageUnsupported = ErrorCode("image.unsupported")
  /// A picture where a mask of class numbers is expected: several channels, 16 bits, or JPEG.
  package static let maskUnsupported = ErrorCode("mask.unsupported")
  /// A preprocessing that cannot be carried out.
  package static let preprocessingInvalid = ErrorCode("preprocessing.invalid")
}
