import ArgumentParser
import Foundation
import MISTBackbone
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision

struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a model over a folder of images and store its gathered features.",
    discussion: """
      IMAGES has one folder per class, with or without train, val and test above them. The features go to a new folder
      (a feature store). Killed at any moment, the same command goes on where it stopped and ends in the same bytes.
      Images that cannot be read are named, left out and listed in the store's manifest.

      Example:
        mist extract vit.safetensors photos/ -o features --gather 4,8,12 --dtype f16
      """)

  @Argument(help: "A converted model.")
  var model: String

  @Argument(help: "The folder of images.")
  var images: String

  @Option(name: .shortAndLong, help: "The feature store to write or to go on with.")
  var output: String?

  @Option(
    help: "Gather depths, such as 4,8,12; by default a third, two thirds and all of the model's blocks.")
  var gather: GatherDepths?

  @Option(help: "Stored type: f32, f16, or int8 with one scale per token.")
  var dtype: FeatureDType = .f16

  @Option(help: "Worker threads, one image each; by default one per processor.")
  var threads: Int?

  @Option(help: "Images per shard; by default as many as make about 64 MiB.")
  var shardSize: Int?

  @Option(help: "Library for matrix products: onednn or openblas.")
  var backend: ProductBackend = .automatic

  @Flag(help: "Fail at the first image that cannot be read.")
  var strict = false

  @Flag(help: "Print what would be written, and stop.")
  var dryRun = false

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    if output == nil && !dryRun { throw ValidationError("Name the feature store to write with -o.") }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    let checkpoint = try CanonicalCheckpoint.open(model)
    let source = try ViTFeatureSource(checkpoint, gather: gather?.depths, backend: backend)
    let folder = try ImageFolder(path: images)
    let plan = try ExtractionPlan(
      images: folder, source: source,
      model: .init(
        hash: try checkpoint.modelHash(), source: (model as NSString).lastPathComponent,
        configuration: checkpoint.configuration),
      preprocessing: checkpoint.preprocessing, dtype: dtype, filesPerShard: shardSize)
    if folder.ignored > 0 {
      Console.note("left out \(folder.ignored) files that are neither .jpg, .jpeg nor .png")
    }
    guard let output, !dryRun else { return try ExtractionReport.print(plan, source, json: json) }

    let progress = Progress("extract", unit: "images", quiet: json)
    let extraction = Extraction(
      plan: plan, source: source, threads: threads ?? ProcessFacts.processors, strict: strict)
    let summary = try extraction.run(
      into: output, progress: { progress.update(done: $0.done, total: $0.total) },
      skipped: { Console.note("skipped '\($0.file)': \($0.reason)") })
    try ExtractionReport.print(summary, output: output, json: json)
  }
}

/// Gather depths on the command line: `4,8,12`.
struct GatherDepths: ExpressibleByArgument {
  let depths: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let depths = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard depths.count == parts.count, depths.allSatisfy({ $0 >= 1 }), Set(depths).count == depths.count
    else {
      return nil
    }
    self.depths = depths.sorted()
  }
}

extension FeatureDType: ExpressibleByArgument {}
