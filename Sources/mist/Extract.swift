import ArgumentParser
import Foundation
import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTInference
import MISTModels

struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a model over labelled images and store its gathered features.",
    discussion: """
      IMAGES has one folder per class, with or without train, val and test above them; or, for segmentation, ADE20K's
      layout: images/training/** and annotations/training/** with a PNG of the same name per image, likewise validation. Or
      images are samples in tar files, as webdataset writes them, or the rows of a list. The
      features go to a new folder (a feature store). Killed at any moment, the same command goes on where it stopped and ends
      in the same bytes. Images that cannot be read are named, left out and listed in the store's manifest.

      Examples:
        mist extract vit.safetensors photos/ -o features --gather 4,8,12 --dtype f16
        mist extract vit.safetensors photos/ -o features --gather none --store layer-tokens
        mist extract segformer-b4.safetensors ADEChallengeData2016/ -o features --views 4
        mist extract dinov2.safetensors camvid/ -o features --input 364x476
        mist extract vit.safetensors 'data-{000..099}.tar' -o features --classes names.txt
        mist extract vit.safetensors --list images.csv -o features
      """)

  @Argument(help: "A converted model.")
  var model: String

  @OptionGroup
  var samples: SampleOptions

  @Option(name: .shortAndLong, help: "The feature store to write or to go on with.")
  var output: String?

  @OptionGroup
  var wanted: FeatureOptions

  @Option(
    help: ArgumentHelp(
      "Resize images to exactly this size instead of as the model's preprocessing says, such as 364x476.",
      valueName: "HxW"))
  var input: MapSize?

  @Option(
    help:
      "What becomes of photographs' EXIF orientation: apply (masks turn with their images) or ignore; by default as the model's preprocessing says."
  )
  var orientation: Preprocessing.Orientation?

  @Flag(name: .customLong("no-final"), help: "Leave out the model's own final output.")
  var noFinal = false

  @OptionGroup(title: "Segmentation")
  var segmentation: AnnotationOptions

  @Option(help: "Stored type: f32, f16, or int8 with a scale and an offset per token or map position.")
  var dtype: StoredType = .f16

  @Option(help: "Worker threads, one image each; by default one per processor.")
  var threads: Int?

  @Option(help: "Images per shard; by default as many as make about 64 MiB.")
  var shardSize: Int?

  @Flag(help: "Store a checksum of every sample, which mist-edge run and tune verify as they read it.")
  var checksums = false

  @OptionGroup
  var precision: PrecisionArgument

  @Flag(help: "Fail at the first image that cannot be read.")
  var strict = false

  @Flag(help: "Print what would be written, and stop.")
  var dryRun = false

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    if output == nil && !dryRun { throw ValidationError("Name the feature store to write with -o.") }
    try NumberOption.check("threads", threads, NumberOption.threads)
    try NumberOption.check("shard-size", shardSize, NumberOption.shardSize)
  }

  func run() throws {
    if let threads { WorkerPool.threads = threads }
    let checkpoint = try CanonicalCheckpoint.open(model)
    // Takes as long as an image or two, which are computed meanwhile.
    let hash = checkpoint.laterHash
    let samples = try SampleSources.open(samples.request(classes: segmentation.classes))
    for note in samples.notes { Console.note(note) }
    try segmentation.check(for: samples.task)
    var request = FeatureRequest(
      task: samples.task, export: segmentation.export ?? .pyramid, final: !noFinal,
      preprocessing: try preprocessing(of: checkpoint), backend: precision.backend)
    wanted.fill(&request)
    let features = try BackboneFeatures(checkpoint, request)
    // What goes on stays as it is.
    let begun = precision.precision == .auto ? try output.flatMap(BegunStore.manifest) : nil
    let source = try features.computed(
      in: precision.precision,
      measuredOn: MeasuredInputs(of: samples, request.preprocessing, features.inputSize),
      begun: begun?.precision,
      calibration: precision.folder().map {
        try CalibratedInputs($0, request.preprocessing, features.inputSize)
      })
    for note in try source.notes { Console.note(note) }
    let model = StoreManifest.Model(
      hash: StoreManifest.Model.pendingHash, source: (model as NSString).lastPathComponent,
      configuration: checkpoint.configuration)
    let plan = try ExtractionPlan(
      samples: samples, annotations: segmentation.settings, source: source, model: model,
      modelHash: hash, preprocessing: request.preprocessing, dtype: dtype, checksums: checksums,
      filesPerShard: shardSize)
    guard let output, !dryRun else {
      try plan.checkTargets()
      return try ExtractionReport.print(plan.settled(), json: json)
    }

    let progress = Progress("extract", unit: "images", quiet: json)
    let extraction = Extraction(
      plan: plan, source: source, threads: threads ?? ProcessFacts.processors, strict: strict)
    let summary = try extraction.run(
      into: output, progress: { progress.update(done: $0.done, total: $0.total) },
      skipped: { Console.note("skipped '\($0.file)': \($0.reason)") })
    for note in ExtractionNotes.all(summary.manifest) { Console.note(note) }
    try ExtractionReport.print(summary, output: output, json: json)
  }

  /// As the model says, but for `--orientation` and an exact resize to `--input`.
  private func preprocessing(of checkpoint: CanonicalCheckpoint) throws -> Preprocessing {
    var own = checkpoint.preprocessing
    if let orientation { own.orientation = orientation }
    guard let input else { return own }
    guard let fitting = input.fitting(multiple: checkpoint.configuration.details.sideMultiple) else {
      throw MISTError(
        .usage, "an input of \(input.text) pixels holds no patch of the model",
        advice: "choose a larger --input")
    }
    if fitting != input {
      Console.note("input \(input.text) rounded down to whole patches: \(fitting.text)")
    }
    return fitting.applied(to: own)
  }
}

extension StoredType: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public static var allValueStrings: [String] { allCases.map(\.description) }
  public var defaultValueDescription: String { description }
}
