import Foundation
import MISTBackbone

/// What this machine can do at most, as `mist bench` prints it.
struct MachineReport: Encodable {
  struct Peak: Encodable {
    let precision: String
    /// Both nil where the processor has no instruction for it.
    let instruction: String?
    let gigaflops: Double?
  }

  /// The processor's name; nil where the system does not say.
  let processor: String?
  let processors: Int
  /// That took part.
  let threads: Int
  let peaks: [Peak]
  /// In 10⁹ bytes per second.
  let readGigabytesPerSecond: Double
  let copyGigabytesPerSecond: Double
  /// What the threads had of their processors: near 1 on a machine that does nothing else.
  let processorShare: Double
  let instructionSet: String
  let openBLASCore: String
  let openBLASCoreType: String?

  init(_ limits: MachineLimits) {
    processor = ProcessFacts.processorName
    processors = ProcessFacts.processors
    threads = limits.threads
    peaks = limits.peaks.map {
      Peak(precision: $0.precision.rawValue, instruction: $0.instruction, gigaflops: $0.gigaflops)
    }
    readGigabytesPerSecond = limits.memory.read
    copyGigabytesPerSecond = limits.memory.copy
    processorShare = limits.processorShare
    instructionSet = ProductBackend.instructionSet
    openBLASCore = ProductBackend.openBLASCore
    openBLASCoreType = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
    wanted = limits.peaks.map { PeakLoop.wanted($0.precision) }
  }

  /// The instructions that were looked for, of each peak.
  private let wanted: [String]

  private enum CodingKeys: String, CodingKey {
    case processor, processors, threads, peaks, readGigabytesPerSecond, copyGigabytesPerSecond
    case processorShare, instructionSet, openBLASCore, openBLASCoreType
  }

  func print() {
    let name = processor.map { "\($0), " } ?? ""
    Console.line("machine: \(name)\(processors) processors, measured on \(threads) threads")
    Console.line("own kernels: \(instructionSet)")
    let override = openBLASCoreType.map { " (OPENBLAS_CORETYPE=\($0))" } ?? ""
    Console.line("OpenBLAS core: \(openBLASCore)\(override)")
    var table = Table([("limit", .left), ("", .right), ("by", .left)])
    for (peak, wanted) in zip(peaks, wanted) {
      table.add([
        "multiply-adds, \(peak.precision)",
        peak.gigaflops.map { "\(Format.decimal($0, 0)) GFLOP/s" } ?? "absent",
        peak.instruction ?? "this processor has no \(wanted)",
      ])
    }
    table.add(["reading memory", "\(Format.decimal(readGigabytesPerSecond, 1)) GB/s", "in order"])
    table.add([
      "copying memory", "\(Format.decimal(copyGigabytesPerSecond, 1)) GB/s", "every byte counted once",
    ])
    table.print()
    if processorShare < 0.9 {
      Console.line(
        "the machine is busy: this process had \(Format.percent(processorShare)) of its processors, and every figure "
          + "suffers from it")
    }
  }
}
