import MISTBackbone
import MISTModels

/// What `mist bench` says of a model.
struct BenchReport: Encodable {
  /// A part of the forward pass of one image on one thread, in its processor time.
  struct Stage: Encodable {
    let name: String
    let milliseconds: Double
    let multiplyAdds: Int
    /// What its linear products take alone.
    let productMilliseconds: Double?
    let gigaflops: Double?
    /// Of the processor's multiply-adds between registers.
    let fractionOfPeak: Double?
  }

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
  let precision: String
  let backend: String
  let kernel: String
  let instructionSet: String
  let openBLASCore: String
  let openBLASCoreType: String?
  let loadSeconds: Double
  let imagesPerSecond: Double
  let limitImagesPerSecond: Double
  let fractionOfLimit: Double
  /// As multiply-adds between registers would allow; nil where the processor has none in the precision.
  let peakImagesPerSecond: Double?
  let fractionOfPeak: Double?
  /// As reading every weight once per image would allow.
  let memoryImagesPerSecond: Double
  let gigaflops: Double
  let productGigaflops: Double
  let peakGigaflops: Double?
  let processorSecondsPerImage: Double
  let rounds: Int
  let peakMemory: Int?
  let stageMilliseconds: [String: Double]
  let stages: [Stage]
  let machine: MachineReport

  init(
    model: String, image: [Int], tokens: Int?, levels: [[Int]]?, gathers: [Int], stored: [String],
    threads: Int,
    precision: String, backend: String, kernel: String, loadSeconds: Double, result: ThroughputMeasurement,
    memoryImagesPerSecond: Double, peakMemory: Int?, stages: [StageTime], machine: MachineReport
  ) {
    self.model = model
    self.image = image
    self.tokens = tokens
    self.levels = levels
    self.gathers = gathers
    self.stored = stored
    self.threads = threads
    self.precision = precision
    self.backend = backend
    self.kernel = kernel
    instructionSet = machine.instructionSet
    openBLASCore = machine.openBLASCore
    openBLASCoreType = machine.openBLASCoreType
    self.loadSeconds = loadSeconds
    imagesPerSecond = result.imagesPerSecond
    limitImagesPerSecond = result.limitImagesPerSecond
    fractionOfLimit = result.fractionOfLimit
    peakImagesPerSecond = result.peakImagesPerSecond
    fractionOfPeak = result.fractionOfPeak
    self.memoryImagesPerSecond = memoryImagesPerSecond
    gigaflops = result.gigaflops
    productGigaflops = result.productGigaflops
    peakGigaflops = result.peakGigaflops
    processorSecondsPerImage = result.processorSecondsPerImage
    rounds = result.rounds
    self.peakMemory = peakMemory
    stageMilliseconds = Dictionary(uniqueKeysWithValues: stages.map { ($0.name, $0.seconds * 1e3) })
    self.stages = stages.map {
      Stage(
        name: $0.name, milliseconds: $0.seconds * 1e3, multiplyAdds: $0.multiplyAdds,
        productMilliseconds: $0.productSeconds.map { $0 * 1e3 }, gigaflops: $0.gigaflops,
        fractionOfPeak: $0.fractionOfPeak)
    }
    self.machine = machine
  }
}

/// Its text.
extension BenchReport {
  func print() {
    machine.print()
    Console.line("")
    let sizes =
      tokens.map { "\($0) tokens" }
      ?? "maps of " + (levels ?? []).map { "\($0[0])×\($0[1])×\($0[2])" }.joined(separator: ", ")
    Console.line(
      "\(model): \(image[0]) × \(image[1]) pixels, \(sizes), gather \(gathers)"
        + (stored.isEmpty ? "" : " and \(stored.joined(separator: ", "))"))
    Console.line("products: \(precision), \(backend), kernel \(kernel)")
    Console.line("loaded and prepacked in \(Format.duration(loadSeconds))")
    var table = Table([("", .left), ("images/s", .right), ("GFLOP/s", .right), ("reached", .right)])
    table.add([
      "forward and gather, \(threads) threads", Format.decimal(imagesPerSecond, 2),
      Format.decimal(gigaflops, 0), "",
    ])
    table.add([
      "products alone", Format.decimal(limitImagesPerSecond, 2), Format.decimal(productGigaflops, 0),
      Format.percent(fractionOfLimit),
    ])
    if let peakImagesPerSecond, let peakGigaflops, let fractionOfPeak {
      table.add([
        "multiply-adds between registers", Format.decimal(peakImagesPerSecond, 2),
        Format.decimal(peakGigaflops, 0),
        Format.percent(fractionOfPeak),
      ])
    }
    table.add([
      "reading every weight once", Format.decimal(memoryImagesPerSecond, 2), "",
      Format.percent(imagesPerSecond / memoryImagesPerSecond),
    ])
    table.print()
    Console.line(
      "in turns over \(rounds) rounds; processor time per image \(Format.duration(processorSecondsPerImage))")
    if let peakMemory { Console.line("peak memory \(Format.bytes(peakMemory))") }
    Console.line("")
    printStages()
  }

  private func printStages() {
    var table = Table([
      ("part, one thread, processor time", .left), ("ms per image", .right), ("products alone", .right),
      ("GFLOP/s", .right),
      ("of registers'", .right),
    ])
    for stage in stages {
      table.add([
        stage.name, Format.decimal(stage.milliseconds, 2),
        stage.productMilliseconds.map { Format.decimal($0, 2) } ?? "",
        stage.gigaflops.map { Format.decimal($0, 0) } ?? "", stage.fractionOfPeak.map(Format.percent) ?? "",
      ])
    }
    table.print()
  }
}
