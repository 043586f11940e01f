import MISTEdge
import MISTModels

/// An architecture whose models are `TransformerBackbone`s: it says what is in front of the blocks.
protocol TransformerArchitecture: BackboneArchitecture where Configuration: TransformerConfiguration {
  /// As `TransformerBackbone`'s initialiser.
  static func make(
    _ c: Configuration, imageSize: MapSize?, depth: Int?, kernels: ProductKernels,
    classification: ImageClassification?, calibration: CalibrationRun?, read: TensorReader
  ) throws -> TransformerBackbone
}

extension TransformerArchitecture {
  static func catalog(_ c: Configuration) -> any OutputCatalog { TokenCatalog(c) }

  static var takesCalibration: Bool { true }

  static func open(
    _ checkpoint: CanonicalCheckpoint, _ c: Configuration, imageSize: MapSize, depth: Int,
    kernels: ProductKernels, calibration: CalibrationInputs?
  ) throws -> any Backbone {
    let run = try calibration.map {
      var floats = kernels
      floats.precision = .f32
      return try CalibrationRun(
        make(
          c, imageSize: imageSize, depth: depth, kernels: floats, classification: nil, calibration: nil,
          read: TensorReader(checkpoint)), $0)
    }
    return try make(
      c, imageSize: imageSize, depth: depth, kernels: kernels,
      classification: ImageClassification(checkpoint, width: c.width), calibration: run,
      read: TensorReader(checkpoint))
  }
}
