import MISTFormats

extension ErrorCode {
  /// Neither JPEG nor PNG, whatever its extension says.
  public static let imageUnknownFormat = ErrorCode("image.unknown-format")
  /// The file ends before its image does.
  public static let imageTruncated = ErrorCode("image.truncated")
  /// The decoder refuses the content.
  public static let imageCorrupt = ErrorCode("image.corrupt")
  /// More pixels or bytes than the decoder accepts.
  public static let imageTooLarge = ErrorCode("image.too-large")
  /// A valid variant of the format that is not read.
  public static let imageUnsupported = ErrorCode("image.unsupported")
  /// A picture where a mask of class numbers is expected: several channels, 16 bits, or JPEG.
  public static let maskUnsupported = ErrorCode("mask.unsupported")
  /// A preprocessing that cannot be carried out.
  public static let preprocessingInvalid = ErrorCode("preprocessing.invalid")
}
