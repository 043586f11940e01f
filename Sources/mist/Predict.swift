import ArgumentParser
import Foundation
import MISTBackbone
import MISTFormats

/// `mist predict`: from images to classes or masks, by the whole path at once.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict the classes of images, or masks of their pixels.",
    discussion: """
      Runs preprocessing, the model as deep as the head needs, and the head. HEAD is what mist train or mist export wrote for \
      this model; without it, the model's own decode head or classifier is used. IMAGE is a JPEG or PNG file, or a folder of them. \
      Classification prints the most probable classes. Segmentation writes NAME-mask.png (class numbers with a palette, of \
      the image's size) and NAME-overlay.png (the image with its classes' colours) to the folder given with -o, and prints the \
      classes' shares. With a bundle and files of features, the model is not needed; masks have the stored input size then. An EXIF orientation is \
      applied to the image and its mask where the model's preprocessing says so (mist convert --orientation).

      Examples:
        mist predict vit.safetensors head.safetensors cat.jpg
        mist predict segformer.safetensors head.mistedge photos/ -o masks
        mist predict segformer-ade.safetensors street.jpg -o masks
        mist predict classifier.safetensors cat.jpg
        mist predict head.mistedge features/validation-00000-of-00001.safetensors -o masks
      """)

  @Argument(
    help: "MODEL [HEAD | BUNDLE] IMAGE ..., or BUNDLE FEATURES ...: told apart by what the files hold.")
  var files: [String]

  @Option(
    name: .shortAndLong,
    help: "Folder for masks and overlays; made when it is missing. Needed for segmentation.")
  var output: String?

  @Option(help: "Classes to print per image; by default 5, and for segmentation all that occur.")
  var top: Int?

  @Option(help: "Worker threads, one image each; by default one per processor.")
  var threads: Int?

  @OptionGroup
  var precision: PrecisionArgument

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  func validate() throws {
    try NumberOption.check("threads", threads, NumberOption.threads)
    try NumberOption.check("top", top, NumberOption.top)
  }

  func run() throws {
    let names = output.map(PictureNames.init)
    let threads = threads ?? ProcessFacts.processors
    WorkerPool.threads = threads
    let report: PredictionReport
    switch try PredictionArguments(files) {
    case .images(let model, let head, let images):
      let list = try ImageList(images)
      for note in list.notes { Console.note(note) }
      let prediction = try ImagePrediction(
        model: model, head: head, paths: list.paths, names: names, top: top ?? 5, backend: precision.backend,
        precision: precision.precision, calibration: precision.folder())
      for note in prediction.notes { Console.note(note) }
      let count = list.paths.count
      let progress = Progress("predict", unit: "images", quiet: json || count < 2)
      report = try prediction.run(threads: threads) { progress.update(done: $0, total: count) }
    case .features(let bundle, let shards):
      if let option = precision.given.first {
        throw MISTError(
          .usage, "--\(option) is of the model, and features are predicted from without it",
          advice: "leave it out")
      }
      report = try FeaturePrediction(bundle: bundle, shards: shards, names: names, top: top ?? 5)
        .run(threads: threads)
    }
    if report.task == "classification", output != nil {
      Console.note("classification writes no files; -o is not used")
    }
    if let note = report.orientationNote { Console.note(note) }
    if json { try Console.json(report) } else { report.print(top: top) }
  }
}
