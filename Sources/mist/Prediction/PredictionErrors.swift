import MISTFormats

extension ErrorCode {
  /// Two images, or two files of features, would write the same names.
  public static let predictSameName = ErrorCode("predict.same-name", exit: .usage)
  /// A picture to write is one of the images to read.
  public static let predictOverwritesInput = ErrorCode("predict.overwrites-input", exit: .usage)
  /// A folder holds no images.
  public static let predictNoImages = ErrorCode("predict.no-images", exit: .noInput)
  /// The model has no decode head of its own, and no head was named.
  public static let predictNoHead = ErrorCode("predict.no-head", exit: .usage)
  /// An image's preprocessing gives another input size than the head or the images before it have.
  public static let predictInputSize = ErrorCode("predict.input-size")
  /// A class map holds a byte per pixel.
  public static let predictTooManyClasses = ErrorCode("predict.too-many-classes")
}
