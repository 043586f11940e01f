import ArgumentParser
import Foundation
import MISTBackbone
import MISTFormats
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

  @Option(help: "Gather depths, separated by commas; by default a third, two thirds and all of the blocks.")
  var gather: String?

  @Option(
    help: ArgumentHelp(
      "Height and width of the images in pixels; by default the model's own, or 512x512.", valueName: "HxW"))
  var size: ImageSize?

  @Option(help: "What a SegFormer gives per depth: pyramid (every level) or final (the last level).")
  var export: MapExport = .pyramid

  @Option(help: "Library for matrix products: onednn, packed or openblas.")
  var backend: ProductBackend = .automatic

  @Flag(help: "Also print the time of each stage of one image on one thread.")
  var stages = false

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    guard (1...1024).contains(threads) else { throw ValidationError("--threads must be between 1 and 1024.") }
    guard seconds > 0 else { throw ValidationError("--seconds must be positive.") }
  }

  func run() throws {
    let checkpoint = try CanonicalCheckpoint.open(model)
    let gathers = try depths(checkpoint.configuration.depth)
    let start = ContinuousClock.now
    switch checkpoint.configuration {
    case .vit:
      let backbone = try ViTBackbone(
        checkpoint: checkpoint, imageSize: size.map { ($0.height, $0.width) }, depth: gathers.max(),
        backend: backend)
      try measure(
        backbone, outputs: gathers.map { .gather($0) }, gathers, loaded: start, tokens: backbone.tokens,
        levels: nil)
    case .segformer(let c):
      let backbone = try SegFormerBackbone(
        checkpoint: checkpoint, imageSize: segFormerSize(checkpoint),
        depth: gathers.max(), backend: backend)
      let last = c.stages.count
      let levels = export == .pyramid ? 1...last : last...last
      try measure(
        backbone, outputs: gathers.flatMap { k in levels.map { .gather(k: k, level: $0) } }, gathers,
        loaded: start, tokens: nil, levels: backbone.levels.map { [$0.height, $0.width, $0.channels] })
    }
  }

  private func segFormerSize(_ checkpoint: CanonicalCheckpoint) -> (height: Int, width: Int) {
    if let size { return (size.height, size.width) }
    let own = checkpoint.preprocessing.outputSize ?? [512, 512]
    return (own[0], own[1])
  }

  private func measure<B: Backbone>(
    _ backbone: B, outputs: [B.Worker.Output], _ gathers: [Int], loaded start: ContinuousClock.Instant,
    tokens: Int?, levels: [[Int]]?
  ) throws {
    let load = (ContinuousClock.now - start).seconds
    let size = backbone.imageSize
    // Any finite pixels do: no product depends on its values for its time.
    let pixels = (0..<3 * size.height * size.width).map { Float($0 % 251) / 125 - 1 }
    let result = try ThroughputMeasurement(
      backbone, outputs: outputs, threads: threads, seconds: seconds, pixels: pixels)
    let times = stages ? try StageTimes(backbone, outputs: outputs, images: 4, pixels: pixels) : nil
    let report = Report(
      model: model, image: [size.height, size.width], tokens: tokens, levels: levels, gathers: gathers,
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

  private func depths(_ depth: Int) throws -> [Int] {
    guard let gather else { return Array(Set([depth / 3, 2 * depth / 3, depth])).sorted() }
    return try gather.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let k = Int(text), (0...depth).contains(k) else {
        throw ValidationError("--gather: '\(text)' is not a depth from 0 to \(depth).")
      }
      return k
    }
  }

  private func print(_ r: Report, _ times: StageTimes?) {
    let sizes =
      r.tokens.map { "\($0) tokens" }
      ?? "maps of " + (r.levels ?? []).map { "\($0[0])×\($0[1])×\($0[2])" }.joined(separator: ", ")
    Console.line("\(r.model): \(r.image[0]) × \(r.image[1]) pixels, \(sizes), gather \(r.gathers)")
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
    /// Of a ViT.
    let tokens: Int?
    /// Height, width and channels of a SegFormer's maps.
    let levels: [[Int]]?
    let gathers: [Int]
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

/// What a SegFormer gives per gather depth.
enum MapExport: String, CaseIterable, ExpressibleByArgument { case pyramid, final }

/// An image size written `HxW`.
struct ImageSize: ExpressibleByArgument {
  let height: Int
  let width: Int

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1], (1...65_536).contains(height),
      (1...65_536).contains(width)
    else { return nil }
    (self.height, self.width) = (height, width)
  }
}
