import Foundation
import MISTFormats

/// What `mist train --log` writes: every run with every epoch, and the choice.
struct TrainingLog<Entry: Encodable>: Encodable {
  let format = "mist-training-log"
  let version = 1
  let features: String
  let runs: [Entry]
  /// Index into `runs`.
  let chosen: Int
  let reason: String
  let seconds: Double
  let peakMemoryBytes: Int?
  /// Without mapped features.
  let ownMemoryBytes: Int

  init(features: String, runs: [Entry], chosen: Int, reason: String, seconds: Double, ownMemory: Int) {
    self.features = features
    self.runs = runs
    self.chosen = chosen
    self.reason = reason
    self.seconds = seconds
    peakMemoryBytes = ProcessFacts.peakMemory
    ownMemoryBytes = ownMemory
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try AtomicFile.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
  }
}
