import MISTFormats

extension ErrorCode {
  /// The model has neither a decode head nor a classifier of its own, and no head was named.
  public static let predictNoHead = ErrorCode("predict.no-head", exit: .usage)
  /// An image's preprocessing gives another input size than the head or the images before it have.
  public static let predictInputSize = ErrorCode("predict.input-size")
  /// A library was asked for that has no products in the precision that was asked for.
  package static let precisionBackend = ErrorCode("precision.backend", exit: .usage)
  /// A class map holds a byte per pixel.
  public static let predictTooManyClasses = ErrorCode("predict.too-many-classes")
}
