import ArgumentParser
import Foundation
import MISTBackbone
import MISTEdge
import MISTFormats
import MISTInference
import MISTModels

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the machine, and images per second of a model beside what the machine allows.",
    discussion: """
      The machine comes first: multiply-adds between registers in every precision, and reading and copying memory. Then
      each thread runs whole images, forward pass and gather, in turns with two limits: the model's own linear products, one
      per core, and nothing else; and multiply-adds between registers. Last, every part of the forward pass on one thread
      beside the same two. Of a trained head it measures the products of a training step. Without a file, the machine alone.

      Examples:
        mist bench
        mist bench vit.safetensors --threads 2 --seconds 10
        mist bench head.safetensors
        mist bench segformer-b4.safetensors --size 512x512 --gather 14,27,41 --export pyramid
      """)

  @Argument(help: "A converted model, or a trained head; without one the machine alone is measured.")
  var model: String?

  @Option(help: "Worker threads, one image each; by default one per processor.")
  var threads = ProcessFacts.processors

  @Option(help: "Seconds to measure a model or a head for, besides the machine; 6 by default.")
  var seconds: Double?

  @OptionGroup
  var wanted: FeatureOptions

  @Option(
    help: ArgumentHelp(
      "Height and width of the images in pixels; by default the model's own, or 512x512.", valueName: "HxW"))
  var size: MapSize?

  @Option(
    help:
      "What a pyramid of maps gives per depth: pyramid (every level, the default) or final (the last level).")
  var export: PyramidExport?

  @OptionGroup
  var precision: PrecisionArgument

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    try NumberOption.check("threads", threads, NumberOption.threads)
    guard seconds ?? 1 > 0 else { throw ValidationError("--seconds must be positive.") }
  }

  func run() throws {
    WorkerPool.threads = threads
    #if DEBUG
      Console.note(
        "this is a debug build: what it measures is neither the machine's limit nor the model's speed")
    #endif
    // Files and options that cannot be used are found before the machine is measured.
    guard let model else {
      try refuse(modelOptions + [("seconds", seconds != nil)], "without a model")
      let machine = MachineReport(try MachineLimits(threads: threads))
      return json ? try Console.json(["machine": machine]) : machine.print()
    }
    if let head = try HeadBench.head(at: model) {
      try refuse(modelOptions, "with a head")
      let report = try HeadBench(
        head, path: model, threads: threads, seconds: measuredSeconds,
        machine: MachineLimits(threads: threads))
      return json ? try Console.json(report) : report.print()
    }
    let report = try bench(model, CanonicalCheckpoint.open(model))
    if json { try Console.json(report) } else { report.print() }
  }

  private var measuredSeconds: Double { seconds ?? 6 }

  /// Options that say how a model is run, and whether each was given.
  private var modelOptions: [(name: String, given: Bool)] {
    [
      ("gather", wanted.gather != nil), ("store", wanted.store != nil), ("layers", wanted.layers != nil),
      ("size", size != nil), ("export", export != nil),
    ] + precision.given.map { ($0, true) }
  }

  /// Throws `usage` for the first of `options` that was given.
  private func refuse(_ options: [(name: String, given: Bool)], _ reason: String) throws {
    guard let option = options.first(where: \.given) else { return }
    throw MISTError(
      .usage, "--\(option.name) means nothing \(reason)", advice: "leave it out, or name a converted model")
  }

  private func bench(_ model: String, _ checkpoint: CanonicalCheckpoint) throws -> BenchReport {
    let c = checkpoint.configuration.details
    let preprocessing = checkpoint.preprocessing
    var request = FeatureRequest(
      task: c.isPyramid && wanted.store == nil ? .segmentation : .classification, export: export ?? .pyramid,
      final: false,
      preprocessing: size?.applied(to: preprocessing) ?? preprocessing,
      backend: precision.backend)
    wanted.fill(&request)
    let features = try BackboneFeatures(checkpoint, request)
    let (size, outputs) = (features.inputSize, features.outputs)
    // Any finite pixels do: no product depends on its values for its time.
    let pixels = (0..<3 * size.height * size.width).map { Float($0 % 251) / 125 - 1 }
    let limits = try MachineLimits(threads: threads)
    // The blocks that the memory was measured with are no part of the model's peak.
    let countsPeak = ProcessFacts.resetPeakMemory()
    // What auto measures is part of the way to a model that is ready.
    let start = ContinuousClock.now
    let source = try features.computed(
      in: precision.precision, measuredOn: MeasuredInputs(count: 1) { _ in pixels },
      calibration: precision.folder().map { try CalibratedInputs($0, preprocessing, features.inputSize) })
    for note in try source.notes { Console.note(note) }
    let backbone = try source.load()
    let load = (ContinuousClock.now - start).seconds
    // The threads that read what was packed beforehand are no part of what is measured.
    try backbone.confirm()
    let precision = backbone.kernels.precision
    let result = try ThroughputMeasurement(
      backbone, outputs: outputs, threads: threads, seconds: measuredSeconds, pixels: pixels)
    let peakMemory = countsPeak ? ProcessFacts.peakMemory : nil
    let times = try StageTimes(backbone, outputs: outputs, images: 4, pixels: pixels)
    return BenchReport(
      model: model, image: [size.height, size.width], tokens: c.isPyramid ? nil : c.tokens(of: size).count,
      levels: c.isPyramid ? c.levels(of: size).map { [$0.height, $0.width, $0.channels] } : nil,
      gathers: source.features.compactMap { if case .gather(let k) = $0 { k } else { nil } },
      stored: source.features.filter { !$0.isGather }.map(\.description),
      threads: threads, precision: precision.rawValue,
      backend: backbone.kernels.description, kernel: backbone.kernel, loadSeconds: load, result: result,
      memoryImagesPerSecond: result.memoryImagesPerSecond(limits.memory, precision),
      peakMemory: peakMemory, stages: times.parts, machine: MachineReport(limits))
  }
}
