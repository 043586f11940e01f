import MISTFormats

extension ErrorCode {
  /// Two images, or two files of features, would write the same names.
  static let predictSameName = ErrorCode("predict.same-name", exit: .usage)
  /// A folder holds no images.
  static let predictNoImages = ErrorCode("predict.no-images", exit: .noInput)
}
