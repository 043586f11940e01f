import MISTBackbone
import MISTEdge
import MISTFormats
import MISTModels

/// One model in every precision.
package protocol PrecisionFamily {
  /// What the processor runs natively, the fastest first, f32 last.
  var native: [Precision] { get }
  /// Whether products in int8 can be prepared by images.
  var takesCalibration: Bool { get }
  /// The library that was asked for; nil for the fastest of each precision.
  var backend: ProductBackend? { get }
  /// The model with its products in `precision`, in int8 prepared by `calibration` where there is one.
  /// Throws `backbone.precision` where it has none, and what opening it and reading the images throws.
  func open(_ precision: Precision, _ calibration: CalibratedInputs?) throws -> any Backbone
}

extension PrecisionFamily {
  package var backend: ProductBackend? { nil }
}

/// A converted model for images of one size.
package struct ModelPrecisions: PrecisionFamily, Sendable {
  let checkpoint: CanonicalCheckpoint
  let imageSize: MapSize
  let outputs: [BackboneOutput]
  package let backend: ProductBackend?

  package init(
    _ checkpoint: CanonicalCheckpoint, imageSize: MapSize, outputs: [BackboneOutput], backend: ProductBackend?
  ) {
    self.checkpoint = checkpoint
    self.imageSize = imageSize
    self.outputs = outputs
    self.backend = backend
  }

  package var native: [Precision] { NativePrecisions.all }

  package var takesCalibration: Bool { Backbones.takesCalibration(checkpoint.configuration) }

  /// Why weights that were packed beforehand for `precision` are not used, if there are any. Throws as opening them does.
  func note(on precision: Precision) throws -> String? {
    try Prepacking.find(checkpoint, backend ?? .automatic, precision).note
  }

  package func open(_ precision: Precision, _ calibration: CalibratedInputs?) throws -> any Backbone {
    try Backbones.open(
      checkpoint, imageSize: imageSize, outputs: outputs, backend: backend ?? .automatic,
      precision: precision, calibration: calibration?.inputs)
  }
}
