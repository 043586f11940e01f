import Foundation
import MISTFormats
import MISTTuning

/// What `mist train --log` writes: every run with every epoch, and the choice.
struct TrainingLog: Encodable {
  let format = "mist-training-log"
  let version = 1
  let features: String
  let runs: [SearchResult.Entry]
  /// Index into `runs`.
  let chosen: Int
  let reason: String
  let seconds: Double
  let peakMemoryBytes: Int?
  /// Without mapped features.
  let ownMemoryBytes: Int

  init(features: String, result: SearchResult, seconds: Double, ownMemory: Int) {
    self.features = features
    runs = result.entries
    chosen = result.chosen
    reason = result.reason
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
