import ArgumentParser
import Foundation
import MISTBackbone
import MISTEdge
import MISTFormats
import MISTInference
import MISTModels

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure images per second of a model, beside what the machine's matrix products allow.",
    discussion: """
      Each thread runs whole images: forward pass and gather. The limit is measured in the same run, in turns with the
      forward pass: the model's own linear products, one per core, and nothing else.

      Examples:
        mist bench vit.safetensors --threads 2 --seconds 10
        mist bench segformer-b4.safetensors --size 512x512 --gather 14,27,41 --export pyramid
      """)

  @Argument(help: "A converted model.")
  var model: String

  @Option(help: "Worker threads, one image each; by default one per processor.")
  var threads = ProcessFacts.processors

  @Option(help: "Seconds to measure for.")
  var seconds = 6.0

  @OptionGroup
  var wanted: FeatureOptions

  @Option(
    help: ArgumentHelp(
      "Height and width of the images in pixels; by default the model's own, or 512x512.", valueName: "HxW"))
  var size: MapSize?

  @Option(help: "What a pyramid of maps gives per depth: pyramid (every level) or final (the last level).")
  var export: PyramidExport = .pyramid

  @Option(help: "Library for matrix products: onednn, packed or openblas.")
  var backend: ProductBackend = .automatic

  @OptionGroup
  var precision: PrecisionArgument

  @Flag(help: "Also print the time of each stage of one image on one thread.")
  var stages = false

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    try NumberOption.check("threads", threads, NumberOption.threads)
    guard seconds > 0 else { throw ValidationError("--seconds must be positive.") }
  }

  func run() throws {
    let checkpoint = try CanonicalCheckpoint.open(model)
    let c = checkpoint.configuration.details
    let preprocessing = checkpoint.preprocessing
    var request = FeatureRequest(
      task: c.isPyramid && wanted.store == nil ? .segmentation : .classification, export: export,
      final: false,
      preprocessing: size?.applied(to: preprocessing) ?? preprocessing, backend: backend)
    wanted.fill(&request)
    let features = try BackboneFeatures(checkpoint, request)
    let (size, outputs) = (features.inputSize, features.outputs)
    // Any finite pixels do: no product depends on its values for its time.
    let pixels = (0..<3 * size.height * size.width).map { Float($0 % 251) / 125 - 1 }
    // What auto measures is part of the way to a model that is ready.
    let start = ContinuousClock.now
    let source = try features.computed(
      in: precision.precision, measuredOn: MeasuredInputs(count: 1) { _ in pixels },
      calibration: precision.folder().map { try CalibratedInputs($0, preprocessing, features.inputSize) })
    if let note = source.precisionNote { Console.note(note) }
    let backbone = try source.load()
    let load = (ContinuousClock.now - start).seconds
    let result = try ThroughputMeasurement(
      backbone, outputs: outputs, threads: threads, seconds: seconds, pixels: pixels)
    let times = stages ? try StageTimes(backbone, outputs: outputs, images: 4, pixels: pixels) : nil
    let report = Report(
      model: model, image: [size.height, size.width], tokens: c.isPyramid ? nil : c.tokens(of: size).count,
      levels: c.isPyramid ? c.levels(of: size).map { [$0.height, $0.width, $0.channels] } : nil,
      gathers: source.features.compactMap { if case .gather(let k) = $0 { k } else { nil } },
      stored: source.features.filter { !$0.isGather }.map(\.description),
      threads: threads,
      backend: backend.description, kernel: backbone.kernel, instructionSet: ProductBackend.instructionSet,
      openBLASCore: ProductBackend.openBLASCore,
      openBLASCoreType: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"],
      loadSeconds: load, imagesPerSecond: result.imagesPerSecond,
      limitImagesPerSecond: result.limitImagesPerSecond, fractionOfLimit: result.fractionOfLimit,
      gigaflops: result.gigaflops, productGigaflops: result.productGigaflops,
      processorSecondsPerImage: result.processorSecondsPerImage, rounds: result.rounds,
      peakMemory: ProcessFacts.peakMemory,
      stageMilliseconds: times.map {
        Dictionary(uniqueKeysWithValues: $0.seconds.map { ($0.stage, $0.seconds * 1e3) })
      })
    if json { try Console.json(report) } else { print(report, times) }
  }

  private func print(_ r: Report, _ times: StageTimes?) {
    let sizes =
      r.tokens.map { "\($0) tokens" }
      ?? "maps of " + (r.levels ?? []).map { "\($0[0])×\($0[1])×\($0[2])" }.joined(separator: ", ")
    Console.line(
      "\(r.model): \(r.image[0]) × \(r.image[1]) pixels, \(sizes), gather \(r.gathers)"
        + (r.stored.isEmpty ? "" : " and \(r.stored.joined(separator: ", "))"))
    Console.line("products: \(r.backend), kernel \(r.kernel); own kernels: \(r.instructionSet)")
    let override = r.openBLASCoreType.map { " (OPENBLAS_CORETYPE=\($0))" } ?? ""
    Console.line("OpenBLAS core: \(r.openBLASCore)\(override)")
    Console.line("loaded and prepacked in \(Format.duration(r.loadSeconds))")
    var table = Table([("", .left), ("images/s", .right), ("GFLOP/s", .right)])
    table.add([
      "forward and gather, \(r.threads) threads", Format.decimal(r.imagesPerSecond, 2),
      Format.decimal(r.gigaflops, 0),
    ])
    table.add([
      "products alone", Format.decimal(r.limitImagesPerSecond, 2), Format.decimal(r.productGigaflops, 0),
    ])
    table.print()
    Console.line("\(Format.percent(r.fractionOfLimit)) of the products' limit, over \(r.rounds) rounds")
    Console.line("processor time per image \(Format.duration(r.processorSecondsPerImage))")
    if let memory = r.peakMemory { Console.line("peak memory \(Format.bytes(memory))") }
    guard let times else { return }
    var stages = Table([("stage", .left), ("ms per image", .right)])
    for (stage, seconds) in times.seconds { stages.add([stage, Format.decimal(seconds * 1e3, 2)]) }
    stages.print()
  }

  private struct Report: Encodable {
    let model: String
    let image: [Int]
    /// Of a model of tokens.
    let tokens: Int?
    /// Height, width and channels of a pyramid's maps.
    let levels: [[Int]]?
    let gathers: [Int]
    /// What else is given: `F11`, `layers`.
    let stored: [String]
    let threads: Int
    let backend: String
    let kernel: String
    let instructionSet: String
    let openBLASCore: String
    let openBLASCoreType: String?
    let loadSeconds: Double
    let imagesPerSecond: Double
    let limitImagesPerSecond: Double
    let fractionOfLimit: Double
    let gigaflops: Double
    let productGigaflops: Double
    let processorSecondsPerImage: Double
    let rounds: Int
    let peakMemory: Int?
    let stageMilliseconds: [String: Double]?
  }
}
