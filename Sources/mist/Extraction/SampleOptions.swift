import ArgumentParser
import MISTFeatures

/// Which images `mist extract` reads.
struct SampleOptions: ParsableArguments {
  @Argument(help: "The folder of images.")
  var images: [String] = []

  @Option(
    help: "What the images are labelled with: auto (by the folder's layout), classification or segmentation.")
  var task: ExtractionTask = .auto

  /// `classes`: the file that names them, if any.
  func request(classes: String?) -> SampleRequest {
    SampleRequest(images, task: task.known, classes: classes)
  }

  func validate() throws {
    if images.isEmpty { throw ValidationError("Name the images to read.") }
  }
}

/// What the images are labelled with.
enum ExtractionTask: String, CaseIterable, ExpressibleByArgument {
  case auto, classification, segmentation

  /// Nil for `auto`.
  var known: FeatureTask? { FeatureTask(rawValue: rawValue) }
}
