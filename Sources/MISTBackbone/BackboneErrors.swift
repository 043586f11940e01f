import MISTFormats
import MISTModels

extension ErrorCode {
  /// A checkpoint of another architecture than the code that was asked to run it.
  package static let backboneArchitecture = ErrorCode("backbone.architecture", exit: .bug)
  /// An image size that the model's patches do not fit into.
  package static let backboneImageSize = ErrorCode("backbone.image-size")
  /// A block or gather depth outside 0…N.
  package static let backboneDepth = ErrorCode("backbone.depth", exit: .usage)
  /// Pixels or an output of another size than the model's.
  package static let backboneBufferSize = ErrorCode("backbone.buffer-size", exit: .bug)
  /// Products in a precision that this processor, or this model, has none in.
  package static let backbonePrecision = ErrorCode("backbone.precision", exit: .usage)
  /// The matrix library has no kernel for a product, or failed to run one.
  package static let backboneProduct = ErrorCode("backbone.product", exit: .bug)
}

extension MISTError {
  /// `backbone.precision`: products in `precision` of a model are prepared by no images.
  package static func noCalibration(_ precision: Precision) -> MISTError {
    MISTError(
      .backbonePrecision, "products in \(precision.rawValue) of this model take no calibration",
      advice: "leave --calibrate out")
  }
}
