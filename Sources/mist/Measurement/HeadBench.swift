import MISTBackbone
import MISTFormats
import MISTTuning

/// `mist bench` of a trained head: what the matrix products of a training step allow on this machine.
struct HeadBench: Encodable {
  let head: String
  let threads: Int
  /// Of the recipe that the head was trained by.
  let batch: Int
  /// Of the products: that of the recipe.
  let precision: TrainingPrecision
  /// Of one sample, forward and backward, with its share of a step.
  let multiplyAdds: Double
  let limitSamplesPerSecond: Double
  /// Arithmetic of these products per second, in 10⁹.
  let productGigaflops: Double
  /// Of the processor's multiply-adds between registers; nil where it has no instruction.
  let fractionOfPeak: Double?
  let machine: MachineReport

  /// Takes about `seconds`. Throws `memory.insufficient`.
  init(_ head: Head, path: String, threads: Int, seconds: Double, machine: MachineLimits) throws {
    self.head = path
    self.threads = threads
    batch = head.description.batch ?? HeadBench.usualBatch
    let precision = head.description.precision
    self.precision = precision
    let products = StepProducts(head.shape)
    multiplyAdds = products.multiplyAdds(batch: batch)
    limitSamplesPerSecond = try products.samplesPerSecond(
      precision, batch: batch, threads: threads, seconds: seconds)
    productGigaflops = 2e-9 * multiplyAdds * limitSamplesPerSecond
    let peak = machine.peaks.first { $0.precision.rawValue == precision.rawValue }?.gigaflops
    fractionOfPeak = peak.map { [productGigaflops] in productGigaflops / $0 }
    self.machine = MachineReport(machine)
  }

  /// Where a head does not say, because no training made it.
  private static let usualBatch = 32

  /// The head at `path`, or nil for another file.
  static func head(at path: String) throws -> Head? {
    guard let archive = try? SafetensorsArchive(path: path), Head.isHead(archive.metadata) else { return nil }
    return try Head.read(path)
  }

  func print() {
    machine.print()
    Console.line("")
    Console.line(
      "\(head): a training step's products in \(precision.rawValue), batch \(batch), \(threads) threads")
    Console.line(
      "\(Format.decimal(multiplyAdds * 1e-6, 1)) million multiply-adds per sample, forward and backward")
    let reached = fractionOfPeak.map { ", \(Format.percent($0)) of multiply-adds between registers" } ?? ""
    Console.line(
      "products alone: \(Format.decimal(limitSamplesPerSecond, 0)) samples/s, "
        + "\(Format.decimal(productGigaflops, 0)) GFLOP/s\(reached)")
  }
}

extension HeadDescription {
  /// Of the recipe, where there is one.
  fileprivate var batch: Int? {
    guard case .integer(let batch)? = recipe?["batch"] else { return nil }
    return batch
  }

  fileprivate var precision: TrainingPrecision {
    guard case .string(let name)? = recipe?["precision"] else { return .f32 }
    return TrainingPrecision(rawValue: name) ?? .f32
  }

  private var recipe: [String: JSONValue]? {
    guard case .object(let recipe)? = training?.recipe else { return nil }
    return recipe
  }
}
