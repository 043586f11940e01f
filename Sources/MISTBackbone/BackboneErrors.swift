import MISTFormats

extension ErrorCode {
  /// A checkpoint of another architecture than the code that was asked to run it.
  public static let backboneArchitecture = ErrorCode("backbone.architecture", exit: .bug)
  /// An image size that the model's patches do not fit into.
  public static let backboneImageSize = ErrorCode("backbone.image-size")
  /// A block or gather depth outside 0…N.
  public static let backboneDepth = ErrorCode("backbone.depth", exit: .usage)
  /// Pixels or an output of another size than the model's.
  public static let backboneBufferSize = ErrorCode("backbone.buffer-size", exit: .bug)
  /// The matrix library has no kernel for a product, or failed to run one.
  public static let backboneProduct = ErrorCode("backbone.product", exit: .bug)
}
