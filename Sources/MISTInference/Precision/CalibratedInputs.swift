import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision

/// Images that a model's 8-bit products are prepared by.
package struct CalibratedInputs: Sendable {
  package let record: Calibration
  /// Inputs `[3, H, W]` of the model; one that cannot be read is an error that names its file.
  let inputs: MeasuredInputs

  /// The images of `folder`, prepared by `preprocessing` for a model's input of `size`, resized to exactly that where it does not
  /// give it. Throws `preprocessing.invalid`.
  package init(_ folder: CalibrationFolder, _ preprocessing: Preprocessing, _ size: MapSize) throws {
    var fitting = preprocessing
    if try Preprocessor(preprocessing).outputSize != size {
      (fitting.resize, fitting.crop) = (.exact(height: size.height, width: size.width), nil)
    }
    let preprocessor = try Preprocessor(fitting)
    record = folder.record
    inputs = MeasuredInputs(count: folder.files.count) { number in
      let file = try folder.image(number)
      return try folder.naming(number) {
        try preprocessor.apply(preprocessor.decode(bytes: file).image).values
      }
    }
  }
}

/// A model in f32 that can be watched.
package protocol ActivationSource {
  /// Runs the image `[3, H, W]`, and calls `body` with what enters each product: the name of its weight, rows of `depth` values, one
  /// after another, valid during the call only.
  func observe(
    _ pixels: UnsafeBufferPointer<Float>,
    _ body: (_ product: String, _ rows: UnsafeBufferPointer<Float>, _ depth: Int) -> Void
  ) throws
}

extension ActivationStatistics {
  /// What enters the products of `model` on the images of `calibration`. Throws what reading and running them throws.
  package init(of model: some ActivationSource, on calibration: CalibratedInputs) throws {
    self.init()
    for number in 0..<calibration.inputs.count {
      guard let pixels = try calibration.inputs.pixels(number) else { continue }
      try pixels.withUnsafeBufferPointer {
        try model.observe($0) { product, rows, depth in add(rows, of: product, depth: depth) }
      }
    }
  }
}
