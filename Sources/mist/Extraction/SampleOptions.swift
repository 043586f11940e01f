import ArgumentParser
import MISTFeatures

/// Which images `mist extract` reads.
struct SampleOptions: ParsableArguments {
  @Argument(help: "The folder of images, or tar files of samples, such as data-{000..099}.tar.")
  var images: [String] = []

  @Option(
    name: .customLong("split"),
    help: ArgumentHelp(
      "Tar files of one split, such as val=val-{00..09}.tar; may be repeated.", valueName: "name=shards"))
  var splits: [SplitArgument] = []

  @Option(
    help: ArgumentHelp(
      "A csv or tsv file whose first line names its columns: path, label or mask, split (optional).",
      valueName: "file"))
  var list: String?

  @Option(
    help: "What the images are labelled with: auto (by what is there), classification or segmentation.")
  var task: ExtractionTask = .auto

  /// `classes`: the file that names them, if any.
  func request(classes: String?) -> SampleRequest {
    SampleRequest(
      images, task: task.known, classes: classes, splits: splits.map { ($0.name, $0.shards) }, list: list)
  }

  func validate() throws {
    if images.isEmpty, splits.isEmpty, list == nil { throw ValidationError("Name the images to read.") }
  }
}

/// `train=data-{000..099}.tar`.
struct SplitArgument: ExpressibleByArgument {
  let name: String
  let shards: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    (name, shards) = (String(parts[0]), String(parts[1]))
  }
}

/// What the images are labelled with.
enum ExtractionTask: String, CaseIterable, ExpressibleByArgument {
  case auto, classification, segmentation

  /// Nil for `auto`.
  var known: FeatureTask? { FeatureTask(rawValue: rawValue) }
}
