import MISTEdge
import MISTFeatures
import MISTModels
import MISTVision

extension MeasuredInputs {
  /// Of the images of `samples`, all splits one after another, those that are measured on, prepared by `preprocessing`.
  /// Throws `preprocessing.invalid`.
  package init(of samples: any SampleSource, _ preprocessing: Preprocessing, _ size: MapSize) throws {
    let counts = samples.splits.map(\.files.count)
    self.init(of: samples.count, try Preprocessor(preprocessing), size) { number in
      var (sample, split) = (number, 0)
      while sample >= counts[split] {
        sample -= counts[split]
        split += 1
      }
      return try samples.image(sample, of: split)
    }
  }
}
