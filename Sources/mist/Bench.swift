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

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    try NumberOption.check("threads", threads, NumberOption.threads)
    guard seconds > 0 else { throw ValidationError("--seconds must be positive.") }
  }

  func run() throws {
    #if DEBUG
      Console.note(
        "this is a debug build: what it measures is neither the machine's limit nor the model's speed")
    #endif
    // Before the measurement, which takes its time: a file that cannot be read.
    let head = try model.flatMap { try HeadBench.head(at: $0) }
    let checkpoint = head == nil ? try model.map { try CanonicalCheckpoint.open($0) } : nil
    let limits = try MachineLimits(threads: threads)
    let machine = MachineReport(limits)
    if let model, let head {
      let report = try HeadBench(head, path: model, threads: threads, seconds: seconds, machine: limits)
      return json ? try Console.json(report) : report.print()
    }
    guard let model, let checkpoint else {
      return json ? try Console.json(["machine": machine]) : machine.print()
    }
    // The blocks that the memory was measured with are no part of the model's peak.
    let countsPeak = ProcessFacts.resetPeakMemory()
    let c = checkpoint.configuration.details
    let preprocessing = checkpoint.preprocessing
    var request = FeatureRequest(
      task: c.isPyramid && wanted.store == nil ? .segmentation : .classification, export: export,
      final: false,
      preprocessing: size?.applied(to: preprocessing) ?? preprocessing, backend: backend)
    wanted.fill(&request)
    let precision = Precision.f32
    let source = try BackboneFeatures(checkpoint, request)
    let (size, outputs) = (source.inputSize, source.outputs)
    let start = ContinuousClock.now
    let backbone = try source.load()
    let load = (ContinuousClock.now - start).seconds
    // Any finite pixels do: no product depends on its values for its time.
    let pixels = (0..<3 * size.height * size.width).map { Float($0 % 251) / 125 - 1 }
    let result = try ThroughputMeasurement(
      backbone, outputs: outputs, precision: precision, threads: threads, seconds: seconds, pixels: pixels)
    let peakMemory = countsPeak ? ProcessFacts.peakMemory : nil
    let times = try StageTimes(backbone, outputs: outputs, precision: precision, images: 4, pixels: pixels)
    let report = BenchReport(
      model: model, image: [size.height, size.width], tokens: c.isPyramid ? nil : c.tokens(of: size).count,
      levels: c.isPyramid ? c.levels(of: size).map { [$0.height, $0.width, $0.channels] } : nil,
      gathers: source.features.compactMap { if case .gather(let k) = $0 { k } else { nil } },
      stored: source.features.filter { !$0.isGather }.map(\.description),
      threads: threads, precision: precision.rawValue,
      backend: backend.description, kernel: backbone.kernel, loadSeconds: load, result: result,
      memoryImagesPerSecond: result.memoryImagesPerSecond(limits.memory, precision),
      peakMemory: peakMemory, stages: times.parts, machine: machine)
    if json {
      try Console.json(report)
    } else {
      machine.print()
      Console.line("")
      report.print()
    }
  }
}
