import ArgumentParser
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning

struct Cost: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Print what every method costs by formula: transfer, parameters, multiply-adds, working memory.",
    discussion: """
      The methods are those that train on stored features (Tables 1 and 4 of arXiv 2406.17559). For ViT-B/16 at 224 x 224 pixels, which
      is what is shown unless a source is named, every figure of the paper stands beside ours in brackets: it has the same digits, or the
      note below the table says by which way of counting they follow. M and MB are 2^20; GMAC are 10^9 multiply-adds of matrix products
      and convolutions. Neither parameters nor multiply-adds include the classifier.

      Examples:
        mist cost
        mist cost features
        mist cost vit.safetensors --dtype int8 --json
      """)

  @Argument(help: "A converted model or a feature store. Default: ViT-B/16 at 224 x 224 pixels.")
  var source: String?

  @Option(help: "Type that features are stored as: f32, f16 or int8. Default: the store's, else f16.")
  var dtype: StoredType?

  @Option(help: "Classes, on which working memory depends. Default: the store's, else 100.")
  var classes: Int?

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    try NumberOption.check("classes", classes, 1...HeadSection.maximumClasses)
  }

  func run() throws {
    let (geometry, stored, count) = try subject()
    let type = dtype ?? stored
    let table = try CostTable(geometry, type: type, classes: classes ?? count)
    if json { return try Console.json(table) }
    CostReport(table, type: type).print()
  }

  /// What the source is about. Throws what opening it throws, `cost.no-tokens`, and `cost.no-image-size`.
  private func subject() throws -> (BackboneGeometry, StoredType, classes: Int) {
    guard let source else { return (.paper, .f16, 100) }
    do {
      if try FileStatus(source)?.kind == .folder, FileStatus.exists(source + "/" + StoreManifest.fileName) {
        let manifest = try StoreManifest.read(folder: source)
        let image = try image(manifest.preprocessing, manifest.model.configuration)
        return (
          try BackboneGeometry(manifest.model.configuration, image: image), manifest.dtype,
          manifest.classes.count
        )
      }
      let checkpoint = try CanonicalCheckpoint.open(source)
      let image = try image(checkpoint.preprocessing, checkpoint.configuration)
      return (try BackboneGeometry(checkpoint.configuration, image: image), .f16, 100)
    } catch let error as MISTError {
      throw error.inFile(source)
    }
  }

  private func image(_ preprocessing: Preprocessing, _ configuration: ModelConfiguration) throws -> MapSize {
    if let size = preprocessing.outputSize { return MapSize(height: size[0], width: size[1]) }
    guard let size = configuration.details.ownImageSize else {
      throw MISTError(
        .costNoImageSize, "its images have no fixed size, on which the costs depend",
        advice: "name a feature store that was extracted at one size")
    }
    return size
  }
}

extension ErrorCode {
  /// Neither the model nor its preprocessing says how large images are.
  static let costNoImageSize = ErrorCode("cost.no-image-size")
}
