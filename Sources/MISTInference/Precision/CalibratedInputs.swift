import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision

/// Images that a model's 8-bit products are prepared by.
package struct CalibratedInputs: Sendable {
  package let record: Calibration
  /// Inputs `[3, H, W]` of the model; one that cannot be read is an error that names its file.
  package let inputs: CalibrationInputs

  /// The images of `folder`, prepared by `preprocessing` for a model's input of `size`, resized to exactly that where it does not
  /// give it. Throws `preprocessing.invalid`.
  package init(_ folder: CalibrationFolder, _ preprocessing: Preprocessing, _ size: MapSize) throws {
    var fitting = preprocessing
    if try Preprocessor(preprocessing).outputSize != size {
      (fitting.resize, fitting.crop) = (.exact(height: size.height, width: size.width), nil)
    }
    let preprocessor = try Preprocessor(fitting)
    record = folder.record
    inputs = CalibrationInputs(count: folder.files.count) { number in
      let file = try folder.image(number)
      return try folder.naming(number) {
        try preprocessor.apply(preprocessor.decode(bytes: file).image).values
      }
    }
  }
}
